// far MS SERVER… -- CLIENT…: runs two commands in network namespaces of their own, joined by a line on which each packet takes MS milliseconds
// each way, so that a connection's own round trip is counted too. The server's address is 10.99.0.2, the client's 10.99.0.1. The server
// prints its port first: "PORT" in the client's command becomes it. The status is the client's. Needs root and /dev/net/tun.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <fcntl.h>
#include <linux/if.h>
#include <linux/if_tun.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { ring = 8192, largest = 2048 };

struct packet { long long due; int size; char bytes[largest]; };
static struct packet queues[2][ring];
static unsigned heads[2], tails[2];

static void die(const char *what) { perror(what); exit(125); }

static long long now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec * 1000000000LL + time.tv_nsec;
}

static void set(int socket, struct ifreq *request, unsigned long what, const char *address) {
    struct sockaddr_in *name = (struct sockaddr_in *)&request->ifr_addr;
    memset(name, 0, sizeof *name);
    name->sin_family = AF_INET;
    inet_aton(address, &name->sin_addr);
    if (ioctl(socket, what, request)) die("far: address");
}

static void up(int socket, const char *interface) {
    struct ifreq request = {0};
    strcpy(request.ifr_name, interface);
    request.ifr_flags = IFF_UP | IFF_RUNNING;
    if (ioctl(socket, SIOCSIFFLAGS, &request)) die("far: up");
}

// A new network namespace with one end of the line.
static int end_of_line(const char *here, const char *there) {
    if (unshare(CLONE_NEWNET)) die("far: unshare");
    int end = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);
    struct ifreq request = {.ifr_flags = IFF_TUN | IFF_NO_PI};
    strcpy(request.ifr_name, "line");
    if (end < 0 || ioctl(end, TUNSETIFF, &request)) die("far: /dev/net/tun");
    int socket_ = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    set(socket_, &request, SIOCSIFADDR, here);
    set(socket_, &request, SIOCSIFDSTADDR, there);
    up(socket_, "line");
    up(socket_, "lo");
    close(socket_);
    return end;
}

static pid_t run(char **command, int output) {
    pid_t child = fork();
    if (child != 0) return child;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (output >= 0) dup2(output, 1);
    execvp(command[0], command);
    die(command[0]);
    return 0;
}

static void take(int direction, int from, long long delay) {
    while (tails[direction] - heads[direction] < ring) {
        struct packet *p = &queues[direction][tails[direction] % ring];
        ssize_t size = read(from, p->bytes, largest);
        if (size <= 0) return;
        p->size = size;
        p->due = now() + delay;
        tails[direction]++;
    }
}

// What is due goes out; when the next one is.
static long long give(int direction, int to) {
    while (heads[direction] != tails[direction]) {
        struct packet *p = &queues[direction][heads[direction] % ring];
        if (p->due > now()) return p->due;
        if (write(to, p->bytes, p->size) < 0) { /* lost, as on any line */ }
        heads[direction]++;
    }
    return 0;
}

int main(int count, char **arguments) {
    int split = 2;
    while (split < count && strcmp(arguments[split], "--")) split++;
    if (count < 5 || split >= count - 1) { fprintf(stderr, "usage: far MS SERVER… -- CLIENT…\n"); return 2; }
    long long delay = (long long)(atof(arguments[1]) * 1e6);
    arguments[split] = NULL;

    // The server first, and its port; then the client's side, in which this process stays.
    int pipe_[2];
    if (pipe2(pipe_, O_CLOEXEC)) die("far: pipe");
    int servers = end_of_line("10.99.0.2", "10.99.0.1");
    pid_t server = run(arguments + 2, pipe_[1]);
    close(pipe_[1]);
    char port[16] = {0};
    if (read(pipe_[0], port, sizeof port - 1) <= 0) die("far: the server says no port");
    port[strcspn(port, "\r\n")] = 0;
    int clients = end_of_line("10.99.0.1", "10.99.0.2");
    for (int i = split + 1; i < count; i++)
        for (char *at; (at = strstr(arguments[i], "PORT"));) {
            char *filled = malloc(strlen(arguments[i]) + sizeof port);
            sprintf(filled, "%.*s%s%s", (int)(at - arguments[i]), arguments[i], port, at + 4);
            arguments[i] = filled;
        }
    pid_t client = run(arguments + split + 1, -1);

    int status;
    for (;;) {
        if (waitpid(client, &status, WNOHANG) == client) break;
        long long first = give(0, servers), second = give(1, clients), next = !first ? second : !second ? first : first < second ? first : second;
        // Not longer than 20 ms, to see the client's end.
        long long wait = next ? next - now() : 20000000;
        struct timespec timeout = {.tv_nsec = wait < 0 ? 0 : wait > 20000000 ? 20000000 : wait};
        struct pollfd ends[2] = {{clients, POLLIN, 0}, {servers, POLLIN, 0}};
        ppoll(ends, 2, &timeout, NULL);
        take(0, clients, delay);
        take(1, servers, delay);
    }
    kill(server, SIGKILL);
    waitpid(server, NULL, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128;
}
