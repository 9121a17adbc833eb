using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace ProtocolClients;

/// <summary>
/// Waits on the thread for the next bytes of a fast transfer. They are a fraction of a millisecond away, and to leave the thread, be woken by
/// another and queued to a third costs more than that: a file of 1 GiB from a server of the same machine took half as much processor time again. One
/// thread in the process waits so at a time, and a transfer whose bytes take longer is left alone for a while. As long as they come fast enough they are waited
/// for until there are many (SO_RCVLOWAT): the kernel would wake this thread for each segment.
/// </summary>
internal struct SocketWait
{
    private const int Skipped = 64;
    private const short Readable = 1;
    private const int Many = 256 * 1024;
    private const int SocketLevel = 1;
    private const int LeastReceived = 18;
    private static readonly TimeSpan Longest = TimeSpan.FromMilliseconds(1);
    private static int _isTaken;

    private int _skip;
    private bool _isForMany;
    private bool _isTooSlowForMany;

    /// <summary>Waits a moment until there is something to read.</summary>
    /// <param name="socket">The socket.</param>
    public void WaitAMoment(Socket socket)
    {
        if (_skip > 0)
        {
            _skip--;
            return;
        }

        // A socket that was closed meanwhile says so here, before the turn is taken.
        int handle = (int)socket.Handle;
        if (!OperatingSystem.IsLinux()) return;
        if (Interlocked.CompareExchange(ref _isTaken, 1, 0) != 0)
        {
            // Whoever waits for the socket in another way is to be told of the first byte.
            if (_isForMany) WaitFor(socket, 1);
            return;
        }

        try
        {
            if (!_isForMany && !_isTooSlowForMany) WaitFor(socket, Many);
            var asked = new Asked { Socket = handle, Events = Readable };
            var time = new TimeSpec { Nanoseconds = (nint)Longest.TotalNanoseconds };
            if (Poll(ref asked, 1, ref time, 0) != 0) return;
            if (_isForMany)
            {
                _isTooSlowForMany = true;
                WaitFor(socket, 1);
            }
            else
            {
                _skip = Skipped;
            }
        }
        finally
        {
            Volatile.Write(ref _isTaken, 0);
        }
    }

    private void WaitFor(Socket socket, int bytes)
    {
        socket.SetRawSocketOption(SocketLevel, LeastReceived, BitConverter.GetBytes(bytes));
        _isForMany = bytes > 1;
    }

#pragma warning disable SYSLIB1054 // The generated form needs unsafe code, for one call without anything to marshal.
    [DllImport("libc", EntryPoint = "ppoll")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Poll(ref Asked asked, nuint count, ref TimeSpec time, nint signals);
#pragma warning restore SYSLIB1054

    private struct Asked
    {
        public int Socket;
        public short Events;
        public short Found;
    }

    private struct TimeSpec
    {
        public nint Seconds;
        public nint Nanoseconds;
    }
}
