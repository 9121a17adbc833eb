# Python's ftplib, measuring itself from after its login and a first transfer: ftplib-peer.py WHAT HOST PORT …, one line as Measured.RunInsideAsync reads it.
import ftplib
import io
import resource
import sys
import time

what, host, port = sys.argv[1], sys.argv[2], int(sys.argv[3])
more = sys.argv[4:]
ftp = ftplib.FTP()
ftp.connect(host, port)
ftp.login()


def small(count, first=0):
    for i in range(first, first + count):
        content = io.BytesIO()
        ftp.retrbinary(f"RETR many/{i:04}.bin", content.write)
        if len(content.getvalue()) != 1024:
            sys.exit("not 1 KiB")


def listing():
    ftp.cwd("/list")
    count = sum(1 for name, facts in ftp.mlsd() if facts["type"] == "file")
    if count != 50000:
        sys.exit(f"{count} entries")


if what == "list":
    listing()
else:
    small(int(more[1]) if what == "files" else 1)

start, used = time.perf_counter(), resource.getrusage(resource.RUSAGE_SELF)
if what == "get":
    with open(more[1], "wb", buffering=0) as file:
        ftp.retrbinary("RETR " + more[0], file.write, 1 << 18)
elif what == "put":
    with open(more[0], "rb") as file:
        ftp.storbinary("STOR " + more[1], file, 1 << 18)
elif what == "files":
    small(int(more[0]))
elif what == "list":
    for _ in range(int(more[0])):
        listing()
wall, now = time.perf_counter() - start, resource.getrusage(resource.RUSAGE_SELF)
cpu = now.ru_utime + now.ru_stime - used.ru_utime - used.ru_stime
with open("/proc/self/status") as status:
    peak = next(line.split()[1] for line in status if line.startswith("VmHWM"))
print(f"{wall:.6f} {cpu:.6f} {peak} -1")
