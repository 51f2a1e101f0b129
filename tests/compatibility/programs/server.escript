#!/usr/bin/env escript
%% A TLS server by Erlang/OTP's ssl: PORT CHAIN KEY. Says on its output which handshakes failed.

main([Port, Chain, Key]) ->
    {ok, _} = application:ensure_all_started(ssl),
    Options = [{ip, {127, 0, 0, 1}}, {certfile, Chain}, {cacertfile, Chain}, {keyfile, Key},
               {versions, ['tlsv1.2', 'tlsv1.3']}, {active, false}, {reuseaddr, true}, {log_level, none}],
    {ok, Listener} = ssl:listen(list_to_integer(Port), Options),
    serve(Listener).

serve(Listener) ->
    {ok, Accepted} = ssl:transport_accept(Listener),
    case ssl:handshake(Accepted) of
        {ok, Connection} -> ssl:recv(Connection, 0), ssl:close(Connection);
        {error, Reason} -> io:format("failed: ~0p~n", [Reason])
    end,
    serve(Listener).
