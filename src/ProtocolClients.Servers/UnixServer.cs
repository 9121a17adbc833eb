using System.Net.Sockets;

namespace ProtocolClients.Servers;

/// <summary>A server on a Unix domain socket. Its file is deleted when it stops.</summary>
public sealed class UnixServer : StreamServer
{
    // What opening a socket's file answers: ENXIO on Linux, EOPNOTSUPP on macOS and BSD.
    private const int NoSuchDevice = 6;
    private const int NotSupported = 102;

    private readonly AcceptLoop _loop;

    private UnixServer(string path, Socket listener, ConnectionHandler handler, ServerOptions? options)
        : base(handler, options, path)
    {
        Path = path;
        listener.Listen(Options.Backlog);
        _loop = AcceptLoop.Start(listener, new UnixDomainSocketEndPoint(path), Take, Options, Logger, Stopping);
    }

    /// <summary>The socket's file.</summary>
    public string Path { get; }

    /// <summary>
    /// Listens and serves. A socket's file that a dead server left behind is removed; one that somebody answers on, and a file
    /// that is no socket, stay and make this fail.
    /// </summary>
    /// <param name="path">The socket's file; about 100 bytes at most.</param>
    /// <param name="handler">Serves each connection.</param>
    /// <param name="options">Limits and the rest.</param>
    /// <exception cref="SocketException">The path is in use or cannot be bound.</exception>
    public static UnixServer Start(string path, ConnectionHandler handler, ServerOptions? options = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        path = System.IO.Path.GetFullPath(path);
        if (IsStale(path)) File.Delete(path);
        var listener = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            listener.Bind(new UnixDomainSocketEndPoint(path));
            return new UnixServer(path, listener, handler, options);
        }
        catch
        {
            listener.Dispose();
            throw;
        }
    }

    private protected override Task StopListeningAsync() => _loop.StoppedAsync();

    private static bool IsStale(string path)
    {
        try
        {
            // Connecting to an ordinary file is refused just like connecting to a dead socket, so it must be known to be one:
            // nothing else fails to open in this way. Opened for both directions, because a fifo would wait otherwise.
            using FileStream ordinary = new(path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite);
            return false;
        }
        catch (IOException failure) when (failure.HResult is NoSuchDevice or NotSupported)
        {
            using var probe = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            try
            {
                probe.Connect(new UnixDomainSocketEndPoint(path));
                return false;
            }
            catch (SocketException refused)
            {
                return refused.SocketErrorCode == SocketError.ConnectionRefused;
            }
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }
}
