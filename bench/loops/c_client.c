/* A TLS client in a loop on OpenSSL, as plain as it gets: what a probe costs in C.
 *
 * usage: c_client PORT SERVER_NAME CA_FILE SECONDS
 * Each round connects to 127.0.0.1, asks for a staple, verifies chain and name, shuts down. No session is resumed.
 */
#include <arpa/inet.h>
#include <openssl/ssl.h>
#include <openssl/tls1.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { MOST_ROUNDS = 100000 };

static double latencies[MOST_ROUNDS];

static double now(void) {
    struct timespec moment;
    clock_gettime(CLOCK_MONOTONIC, &moment);
    return moment.tv_sec + moment.tv_nsec / 1e9;
}

static void fail(const char *what) {
    fprintf(stderr, "c_client: %s\n", what);
    exit(1);
}

static void probe(SSL_CTX *context, const struct sockaddr_in *address, const char *server_name) {
    int connection = socket(AF_INET, SOCK_STREAM, 0);
    if (connect(connection, (const struct sockaddr *)address, sizeof *address)) fail("connect");
    SSL *client = SSL_new(context);
    SSL_set_fd(client, connection);
    SSL_set_tlsext_host_name(client, server_name);
    SSL_set1_host(client, server_name);
    SSL_set_tlsext_status_type(client, TLSEXT_STATUSTYPE_ocsp);
    if (SSL_connect(client) != 1) fail("handshake");
    const unsigned char *staple;
    if (SSL_get_tlsext_status_ocsp_resp(client, &staple) <= 0) fail("no staple");
    SSL_shutdown(client);
    SSL_free(client);
    close(connection);
}

static long resident_bytes(void) {
    long pages = 0;
    FILE *statm = fopen("/proc/self/statm", "r");
    if (!statm || fscanf(statm, "%*d %ld", &pages) != 1) fail("/proc/self/statm");
    fclose(statm);
    return pages * sysconf(_SC_PAGESIZE);
}

int main(int count, char **arguments) {
    if (count != 5) fail("usage: c_client PORT SERVER_NAME CA_FILE SECONDS");
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((unsigned short)atoi(arguments[1]))};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    SSL_CTX *context = SSL_CTX_new(TLS_client_method());
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER, NULL);
    if (SSL_CTX_load_verify_locations(context, arguments[3], NULL) != 1) fail("CA_FILE");

    double seconds = atof(arguments[4]), began = now(), asked;
    int rounds = 0;
    while ((asked = now()) - began < seconds && rounds < MOST_ROUNDS) {
        probe(context, &address, arguments[2]);
        latencies[rounds++] = now() - asked;
    }
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    double cpu = usage.ru_utime.tv_sec + usage.ru_stime.tv_sec;
    cpu += (usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
    printf("{\"probes\": %d, \"cpu_seconds\": %f, \"elapsed\": %f, \"rss\": %ld, \"latencies\": [", rounds, cpu,
           now() - began, resident_bytes());
    for (int round = 0; round < rounds; round++) printf("%s%f", round ? ", " : "", latencies[round]);
    printf("]}\n");
    return 0;
}
