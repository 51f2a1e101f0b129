// Alerts about watched endpoints. The value is seconds: since the fault began or since its moment, or until that.
function(config)
  local texts = (import 'texts.libsonnet')(config);
  local duration = texts.duration;

  local since(faults) = 'time() - ocsp_staple:fault{fault' + faults + '}';
  local until(fault) = 'ocsp_staple:fault{fault="' + fault + '"} - time()';
  local about(name, expr, summary, description) = {
    name: name,
    expr: expr,
    summary: summary,
    description: description,
    held: texts.held,
    endpoint: true,
  };
  local urgent = { urgent: true };

  local errorStapled =
    texts.who + " has been stapling an error of its CA's responder in place of a status for "
    + duration + ' (' + texts.reasons('ocsp_staple_verification_error{<>,reason=~"status_.*"}') + '). ';
  local sometimes =
    texts.who + ' sends an OCSP response in some handshakes and none in others, for ' + duration + ' now. ';
  local workers =
    'Typical causes are workers that each fetch their own response, '
    + 'and several machines or certificates behind one name.';
  local ending =
    'The OCSP response that ' + texts.who + ' staples {{ if gt $value 0.0 }}becomes stale in ' + duration
    + '{{ else }}has reached its end{{ end }}, and the server has no newer one. ';
  [
    about(
      'OCSPMustStapleMissing',
      since('="must_staple_missing"'),
      'A server sends no staple although its certificate demands one.',
      texts.who + ' has sent no OCSP response for ' + duration
      + ', and its certificate demands one (must-staple). '
      + 'Firefox and GnuTLS clients refuse the connection: part of the visitors are locked out now. '
      + 'Chrome notices nothing.'
    ),
    about(
      'OCSPCertificateRevoked',
      since('="revoked"'),
      'A server uses a certificate that its CA has revoked.',
      'The CA has revoked the certificate of ' + texts.who
      + texts.valueOf('ocsp_staple_revocation_timestamp_seconds{<>}', ' as of ', 'humanizeTimestamp')
      + ', and the server has been telling its visitors so for ' + duration + '. '
      + 'Firefox, Chrome, Safari and GnuTLS clients refuse the connection. Only a new certificate helps.'
    ),
    about(
      'OCSPCertificateUnknown',
      since('="unknown"'),
      'The CA does not know the certificate that a server uses.',
      texts.who + ' has been stapling for ' + duration + ' that its CA does not know its certificate. '
      + 'Firefox refuses the connection; Chrome and GnuTLS clients notice nothing. '
      + 'A public CA knows a new certificate after 15 minutes at most: after that it is for the CA to explain.'
    ),
    about(
      'OCSPErrorResponseStapled',
      since('="error_response"'),
      'A server staples an error of the responder in place of a status.',
      errorStapled
      + 'Firefox refuses the connection, except on status_try_later; the others go on as without a staple. '
      + 'Apache does this when it cannot reach the responder.'
    ),
    about(
      'OCSPErrorResponseStapled',
      since('="error_response_must_staple"'),
      'A server staples an error although its certificate demands a status.',
      errorStapled
      + 'The certificate demands a status (must-staple): GnuTLS clients refuse the connection, '
      + 'and Firefox does except on status_try_later. Apache does this when it cannot reach the responder.'
    ) + urgent,
    about(
      'OCSPStapleInvalid',
      since('="invalid"'),
      'A server staples an OCSP response that strict clients refuse.',
      texts.who + ' has been stapling an OCSP response that does not verify for ' + duration
      + '. Reasons: ' + texts.reasons('ocsp_staple_verification_error{<>}') + '. '
      + 'Firefox refuses the connection for most of these reasons, GnuTLS and OpenSSL clients that look '
      + 'for nearly all; Chrome notices nothing.'
    ),
    about(
      'OCSPStapleMissing',
      since('="missing"'),
      'A server sends no staple although one is due.',
      texts.who + ' has sent no OCSP response for ' + duration
      + ', though its certificate names an OCSP responder or the configuration expects one. '
      + 'Visitors hardly notice: their browsers ask the CA themselves, which is slower and tells it who comes, '
      + 'or do without, and then a revocation goes unseen.'
    ),
    about(
      'OCSPStapleMissingSometimes',
      since('="missing_sometimes"'),
      'A server sends a staple in some handshakes only.',
      sometimes + workers + ' Visitors hardly notice.'
    ),
    about(
      'OCSPStapleMissingSometimes',
      since('="missing_sometimes_must_staple"'),
      'A server sends a staple in some handshakes only although its certificate demands one.',
      sometimes
      + 'Its certificate demands one (must-staple): Firefox and GnuTLS clients are locked out in the handshakes '
      + 'without. ' + workers
    ) + urgent,
    about(
      'OCSPStapleStale',
      since('="stale"'),
      'A server staples an OCSP response that is stale.',
      'The OCSP response that ' + texts.who + ' staples became stale ' + duration + ' ago: '
      + 'its nextUpdate has passed, and the server has not replaced it. '
      + 'GnuTLS clients and those that look with OpenSSL refuse the connection; '
      + 'Firefox goes on without it, Chrome notices nothing.'
    ),
    about(
      'OCSPStapleExpiringSoon',
      until('expiring_warning'),
      'A staple is about to become stale and has not been renewed.',
      ending
      + 'Visitors notice nothing yet. '
      + 'Once it is stale, the server sends none, or strict clients refuse the connection.'
    ),
    about(
      'OCSPStapleExpiringSoon',
      until('expiring_critical'),
      'A staple becomes stale very soon and has not been renewed.',
      ending
      + 'Visitors notice nothing yet, but there is little time left: '
      + 'once it is stale, the server sends none, or strict clients refuse the connection.'
    ) + urgent,
    about(
      'OCSPStapleRefreshOverdue',
      since('="refresh_overdue"'),
      'A staple is older than it should be.',
      texts.who + ' staples an OCSP response from ' + duration
      + ' ago, and a newer one should be out by now'
      + texts.valueOf(
        'ocsp_staple_next_update_timestamp_seconds{<>} - time()', '; it is good for another ', 'humanizeDuration'
      )
      + '. Visitors notice nothing yet. Either the server has stopped fetching, or the CA has stopped signing.'
    ),
    about(
      'OCSPStapleOutlivesResponder',
      until('outlives_responder'),
      "The certificate of a staple's responder ends before the staple does.",
      'The certificate of the responder that signed the staple of ' + texts.who + ' '
      + '{{ if gt $value 0.0 }}ends in ' + duration
      + "{{ else }}has ended{{ end }}, before the staple's nextUpdate. "
      + 'From then on OpenSSL and GnuTLS clients refuse the staple, while the server, which looks at nextUpdate, '
      + 'keeps sending it.'
    ),
    about(
      'OCSPStapleOutlivesCertificate',
      until('outlives_certificate'),
      'A certificate ends before its staple does.',
      'The certificate of ' + texts.who + ' {{ if gt $value 0.0 }}ends in ' + duration
      + '{{ else }}has ended{{ end }}, before its staple does. '
      + 'Once it has ended, all browsers refuse the connection. '
      + 'Its renewal is late, or the server has not loaded the new one.'
    ),
    about(
      'OCSPProbeFailing',
      since('="probe_failing"'),
      'No TLS handshake can be read from a watched host.',
      'No TLS handshake with ' + texts.who + ' has succeeded for ' + duration
      + '. Reason: ' + texts.reasons('ocsp_staple_probe_error{<>}') + '. '
      + 'Visitors may not get through either, and nobody watches the staple; other alerts about it are kept for '
      + config.holdWhileUnreachable + '.'
    ) + { held: texts.heldBySilence },
    about(
      'OCSPProbeOverdue',
      since('=~"probe_overdue|scrape_failing"'),
      'A watched host is not being probed.',
      'There has been no fresh result about ' + texts.who + ' for ' + duration
      + ', although Prometheus reaches the exporter. All that is known of its staple is older than that. '
      + 'The exporter may be overloaded, or the scrape timeout too short for /probe.'
    ),
  ]
