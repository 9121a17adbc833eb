using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging;

namespace ProtocolClients.Servers;

/// <summary>Takes connections from a listening socket until it is stopped, whatever fails on the way.</summary>
internal sealed class AcceptLoop
{
    private static readonly TimeSpan FirstDelay = TimeSpan.FromMilliseconds(10);
    private static readonly TimeSpan LongestDelay = TimeSpan.FromSeconds(1);

    private readonly Func<CancellationToken, ValueTask<Socket>> _accept;
    private readonly Action<Socket> _take;
    private readonly Action _close;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly CancellationToken _stopping;
    private readonly Task _loop;

    /// <param name="accept">Waits for the next connection.</param>
    /// <param name="take">Serves it; owns it, and returns at once.</param>
    /// <param name="close">Closes the listening socket.</param>
    /// <param name="time">The source of time.</param>
    /// <param name="logger">Where failures go.</param>
    /// <param name="stopping">Ends the loop.</param>
    public AcceptLoop(
        Func<CancellationToken, ValueTask<Socket>> accept, Action<Socket> take, Action close, TimeProvider time, ILogger logger,
        CancellationToken stopping)
    {
        _accept = accept;
        _take = take;
        _close = close;
        _time = time;
        _logger = logger;
        _stopping = stopping;
        // A server is to be stopped by its own token: were it to end before its first step, the socket would stay open.
        _loop = Task.Run(RunAsync, CancellationToken.None);
    }

    public static AcceptLoop Start(Socket listener, EndPoint endPoint, Action<Socket> take, ServerOptions options, ILogger logger, CancellationToken stopping)
    {
        logger.Listening(endPoint);
        return new AcceptLoop(listener.AcceptAsync, take, listener.Dispose, options.TimeProvider, logger, stopping);
    }

    /// <summary>Ends when the loop has, after its token.</summary>
    public Task StoppedAsync() => _loop;

    private async Task RunAsync()
    {
        try
        {
            await AcceptAsync().ConfigureAwait(false);
        }
        finally
        {
            _close();
        }
    }

    private async Task AcceptAsync()
    {
        TimeSpan delay = FirstDelay;
        while (!_stopping.IsCancellationRequested)
        {
            try
            {
                _take(await _accept(_stopping).ConfigureAwait(false));
                delay = FirstDelay;
                continue;
            }
            catch (Exception) when (_stopping.IsCancellationRequested)
            {
                return;
            }
            catch (SocketException failure) when (failure.SocketErrorCode is SocketError.ConnectionAborted or SocketError.ConnectionReset)
            {
                // That peer gave up in the queue (accept(2)); the next one may be there already.
                continue;
            }
            catch (Exception failure)
            {
                // Mostly out of file descriptors or memory: accept fails until somebody closes something, so trying again at
                // once would only burn the processor.
                _logger.AcceptFailed(failure, failure.Message, delay);
            }

            await Task.Delay(delay, _time, _stopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            delay = TimeSpan.FromTicks(Math.Min(delay.Ticks * 2, LongestDelay.Ticks));
        }
    }
}
