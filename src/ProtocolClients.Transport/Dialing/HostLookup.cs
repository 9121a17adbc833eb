using System.Net;
using System.Net.Sockets;

namespace ProtocolClients.Transport;

/// <summary>Asks a name server, or what stands in for it, for a host's addresses of one family.</summary>
internal delegate Task<IPAddress[]> HostResolver(string host, AddressFamily family, CancellationToken cancellationToken);

/// <summary>
/// Both families are asked at once and the first useful answer starts the race (RFC 8305 §3): an answer for IPv6 at once, one for
/// IPv4 after a short wait for IPv6's. So a name server that drops AAAA queries costs 50 ms and not its time-out.
/// </summary>
internal sealed class HostLookup(HostResolver resolver, TimeProvider time)
{
    /// <summary>RFC 8305 §3 and §8, Resolution Delay.</summary>
    private static readonly TimeSpan ResolutionDelay = TimeSpan.FromMilliseconds(50);

    private readonly List<Exception> _failures = [];

    /// <summary>Why there is no address: a failure that time can heal before one that it cannot. Null when none failed.</summary>
    public Exception? Failure
    {
        get
        {
            lock (_failures)
            {
                return _failures.Find(f => f is SocketException { SocketErrorCode: SocketError.TryAgain }) ?? _failures.FirstOrDefault();
            }
        }
    }

    /// <summary>Looks a host up.</summary>
    /// <param name="host">The name.</param>
    /// <param name="family">The one family asked for; unspecified for both.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>The first addresses, and the task of those that come later; the task never fails, null when none can come.</returns>
    public async Task<(IPAddress[] First, Task<IPAddress[]>? More)> StartAsync(
        string host, AddressFamily family, CancellationToken cancellationToken)
    {
        if (family != AddressFamily.Unspecified)
        {
            return (await AskAsync(host, family, cancellationToken).ConfigureAwait(false), null);
        }

        Task<IPAddress[]> six = AskAsync(host, AddressFamily.InterNetworkV6, cancellationToken);
        Task<IPAddress[]> four = AskAsync(host, AddressFamily.InterNetwork, cancellationToken);
        await Task.WhenAny(six, four).ConfigureAwait(false);
        if (!six.IsCompleted && (await four.ConfigureAwait(false)).Length > 0)
        {
            using var answered = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            await Task.WhenAny(six, Task.Delay(ResolutionDelay, time, answered.Token)).ConfigureAwait(false);
            await answered.CancelAsync().ConfigureAwait(false);
            cancellationToken.ThrowIfCancellationRequested();
        }
        else if (six.IsCompleted && (await six.ConfigureAwait(false)).Length == 0)
        {
            await four.ConfigureAwait(false);
        }
        else if (!six.IsCompleted)
        {
            await six.ConfigureAwait(false);
        }

        // Looked at once: an answer that comes in between belongs to what comes later.
        (bool hasSix, bool hasFour) = (six.IsCompleted, four.IsCompleted);
        IPAddress[] first =
        [
            .. hasSix ? await six.ConfigureAwait(false) : [],
            .. hasFour ? await four.ConfigureAwait(false) : [],
        ];
        return (first, (hasSix, hasFour) switch
        {
            (true, true) => null,
            (true, false) => four,
            _ => six,
        });
    }

    private async Task<IPAddress[]> AskAsync(string host, AddressFamily family, CancellationToken cancellationToken)
    {
        try
        {
            return await resolver(host, family, cancellationToken).ConfigureAwait(false);
        }
        catch (SocketException failure)
        {
            lock (_failures) _failures.Add(failure);
            return [];
        }
    }
}
