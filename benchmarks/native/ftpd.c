// ftpd FILE [ADDRESS]: an FTP server for benchmarks that is never what is measured. Every file whose name has "big" in it is FILE, sent by
// sendfile; every other one is 1 KiB in memory; a listing has 50,000 entries, made once; what is stored is counted and dropped, and its size known under its name until the next comes.
// Prints its port, then serves until it is killed. A thread a connection. It checks nothing: anybody is logged in.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <unistd.h>

enum { entries = 50000, small_size = 1024 };

static struct in_addr address;
static int big;
static off_t big_size;
static char small[small_size];
static char *facts, *lines, *names;
static size_t facts_size, lines_size, names_size;

struct client {
    int socket, listener, port;
    size_t in_start, in_end, out_size;
    off_t restart, stored;
    char stored_name[256];
    char in[65536], out[65536];
};

static void write_all(int socket, const char *data, size_t size) {
    while (size > 0) {
        ssize_t sent = send(socket, data, size, MSG_NOSIGNAL);
        if (sent <= 0) return;
        data += sent;
        size -= sent;
    }
}

static int listen_on(int *port) {
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct sockaddr_in name = {.sin_family = AF_INET, .sin_addr = address};
    socklen_t size = sizeof name;
    if (bind(listener, (struct sockaddr *)&name, sizeof name) || listen(listener, 256) || getsockname(listener, (struct sockaddr *)&name, &size)) {
        perror("ftpd");
        exit(1);
    }
    *port = ntohs(name.sin_port);
    return listener;
}

static void say(struct client *c, const char *reply) {
    size_t size = strlen(reply);
    if (c->out_size + size > sizeof c->out) return;
    memcpy(c->out + c->out_size, reply, size);
    c->out_size += size;
}

static void flush_replies(struct client *c) {
    write_all(c->socket, c->out, c->out_size);
    c->out_size = 0;
}

// The next command; replies go out when there is none left to read, all in one segment.
static char *next_line(struct client *c) {
    for (;;) {
        char *end = memchr(c->in + c->in_start, '\n', c->in_end - c->in_start);
        if (end) {
            char *line = c->in + c->in_start;
            c->in_start = end - c->in + 1;
            *end = 0;
            if (end > line && end[-1] == '\r') end[-1] = 0;
            return line;
        }
        memmove(c->in, c->in + c->in_start, c->in_end - c->in_start);
        c->in_end -= c->in_start;
        c->in_start = 0;
        flush_replies(c);
        ssize_t got = recv(c->socket, c->in + c->in_end, sizeof c->in - c->in_end, 0);
        if (got <= 0) return NULL;
        c->in_end += got;
    }
}

static void send_big(int data, off_t from) {
    while (from < big_size && sendfile(data, big, &from, 1 << 24) > 0) {
    }
}

static off_t drain(int data) {
    off_t size = 0;
    ssize_t got;
    // The bytes are not even copied out of the kernel.
    while ((got = recv(data, NULL, 1 << 24, MSG_TRUNC)) > 0) size += got;
    return size;
}

static int is(const char *line, const char *verb) { return !strncasecmp(line, verb, strlen(verb)); }

static void transfer(struct client *c, const char *line, const char *argument) {
    say(c, "150 here it comes\r\n");
    flush_replies(c);
    int data = accept4(c->listener, NULL, NULL, SOCK_CLOEXEC);
    if (data < 0) return;
    if (is(line, "STOR")) {
        c->stored = c->restart + drain(data);
        snprintf(c->stored_name, sizeof c->stored_name, "%s", argument);
    }
    else if (is(line, "MLSD")) write_all(data, facts, facts_size);
    else if (is(line, "LIST")) write_all(data, lines, lines_size);
    else if (is(line, "NLST")) write_all(data, names, names_size);
    else if (strstr(argument, "big")) send_big(data, c->restart);
    else write_all(data, small, small_size);
    close(data);
    c->restart = 0;
    say(c, "226 done\r\n");
}

static void *serve(void *state) {
    struct client *c = state;
    char reply[128];
    say(c, "220 benchmark\r\n");
    for (char *line; (line = next_line(c));) {
        const char *argument = strchr(line, ' ');
        argument = argument ? argument + 1 : "";
        if (is(line, "EPSV") || is(line, "PASV")) {
            if (c->listener < 0) c->listener = listen_on(&c->port);
            unsigned char *a = (unsigned char *)&address.s_addr;
            if (is(line, "EPSV")) snprintf(reply, sizeof reply, "229 here (|||%d|)\r\n", c->port);
            else snprintf(reply, sizeof reply, "227 here (%d,%d,%d,%d,%d,%d)\r\n", a[0], a[1], a[2], a[3], c->port >> 8, c->port & 255);
            say(c, reply);
        }
        else if (c->listener >= 0 && (is(line, "RETR") || is(line, "STOR") || is(line, "MLSD") || is(line, "LIST") || is(line, "NLST"))) transfer(c, line, argument);
        else if (is(line, "SIZE")) {
            // A client that stores goes on in what it finds under the name: of what another one left there is nothing.
            if (!strcmp(argument, c->stored_name)) snprintf(reply, sizeof reply, "213 %lld\r\n", (long long)c->stored);
            else if (strstr(argument, "up")) snprintf(reply, sizeof reply, "550 none\r\n");
            else snprintf(reply, sizeof reply, "213 %lld\r\n", (long long)(strstr(argument, "big") ? big_size : small_size));
            say(c, reply);
        }
        else if (is(line, "REST")) { c->restart = atoll(argument); say(c, "350 ok\r\n"); }
        else if (is(line, "USER")) say(c, "331 password\r\n");
        else if (is(line, "PASS")) say(c, "230 in\r\n");
        else if (is(line, "MDTM")) say(c, "213 20260101000000\r\n");
        else if (is(line, "SYST")) say(c, "215 UNIX Type: L8\r\n");
        else if (is(line, "PWD")) say(c, "257 \"/\"\r\n");
        else if (is(line, "RNFR")) say(c, "350 ok\r\n");
        else if (is(line, "FEAT")) say(c, "211-Features:\r\n EPSV\r\n SIZE\r\n MDTM\r\n UTF8\r\n REST STREAM\r\n TVFS\r\n MLST type*;size*;modify*;UNIX.mode*;UNIX.uid*;UNIX.gid*;unique*;\r\n211 End\r\n");
        else if (is(line, "RNTO")) { snprintf(c->stored_name, sizeof c->stored_name, "%s", argument); say(c, "250 ok\r\n"); }
        else if (is(line, "CWD") || is(line, "CDUP") || is(line, "DELE")) say(c, "250 ok\r\n");
        else if (is(line, "TYPE") || is(line, "OPTS") || is(line, "NOOP") || is(line, "MODE") || is(line, "STRU")) say(c, "200 ok\r\n");
        else if (is(line, "QUIT")) { say(c, "221 bye\r\n"); flush_replies(c); break; }
        else say(c, "502 no\r\n");
    }
    if (c->listener >= 0) close(c->listener);
    close(c->socket);
    free(c);
    return NULL;
}

static void make_listings(void) {
    char *f = facts = malloc((size_t)entries * 192), *l = lines = malloc((size_t)entries * 128), *n = names = malloc((size_t)entries * 64);
    for (int i = 1; i <= entries; i++) {
        char name[64];
        int size = (int)((long long)i * 7919 % 1000003), day = i % 28 + 1;
        snprintf(name, sizeof name, "some file name %05d.%s", i, i % 3 ? "dat" : "txt");
        f += sprintf(f, "type=file;size=%d;modify=202601%02d%02d%02d%02d;UNIX.mode=0644;UNIX.uid=1000;UNIX.gid=1000;unique=fd00g%x; %s\r\n",
            size, day, i % 24, i % 60, i * 7 % 60, i, name);
        l += sprintf(l, "-rw-r--r--    1 1000     1000     %10d Jan %2d  2026 %s\r\n", size, day, name);
        n += sprintf(n, "%s\r\n", name);
    }
    facts_size = f - facts;
    lines_size = l - lines;
    names_size = n - names;
}

int main(int count, char **arguments) {
    signal(SIGPIPE, SIG_IGN);
    if (count < 2 || (big = open(arguments[1], O_RDONLY)) < 0 || !inet_aton(count > 2 ? arguments[2] : "127.0.0.1", &address)) {
        fprintf(stderr, "usage: ftpd FILE [ADDRESS]\n");
        return 2;
    }
    big_size = lseek(big, 0, SEEK_END);
    memset(small, 'x', small_size);
    make_listings();
    int port, listener = listen_on(&port);
    printf("%d\n", port);
    fflush(stdout);
    for (;;) {
        int accepted = accept4(listener, NULL, NULL, SOCK_CLOEXEC), on = 1;
        if (accepted < 0) continue;
        setsockopt(accepted, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        struct client *c = calloc(1, sizeof *c);
        c->socket = accepted;
        c->listener = -1;
        pthread_t thread;
        pthread_create(&thread, NULL, serve, c);
        pthread_detach(thread);
    }
}
