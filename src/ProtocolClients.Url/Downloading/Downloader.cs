using System.Runtime.CompilerServices;
using System.Threading.Channels;
using ProtocolClients.Transport;

namespace ProtocolClients;

/// <summary>
/// Downloads files: resumed where an earlier run broke off, in parts over several connections and from several mirrors, verified, within
/// limits of bytes a second. Safe for many tasks; connections are shared.
/// </summary>
/// <remarks>
/// A file is written beside its final name, and gets it when it is whole: its length is the announced one, and so are its checksums.
/// Parts are put together only when a strong validator (RFC 9110 §8.8.1) names one content for all of them, or a checksum proves it
/// at the end; a content that changed meanwhile is fetched anew.
/// </remarks>
public sealed partial class Downloader : IAsyncDisposable
{
    private readonly UrlOpener _opener;

    /// <summary>Makes a downloader; nothing is connected yet.</summary>
    /// <param name="options">How it works; null for the defaults.</param>
    public Downloader(DownloaderOptions? options = null)
    {
        Options = options ?? DownloaderOptions.Default;
        RateLimit = Options.RateLimit ?? new RateLimit(0);
        _opener = new UrlOpener(new UrlOpenerOptions
        {
            Transport = Options.Transport,
            Credentials = Options.Credentials,
            Deadlines = Options.Deadlines,
            Limits = Options.Limits,
            Resilience = Options.Resilience,
            LoggerFactory = Options.LoggerFactory,
            WireLog = Options.WireLog,
            TimeProvider = Options.TimeProvider,
            Http = Options.Http,
            Ftp = Options.Ftp,
            TunnelFtp = Options.TunnelFtp,
            Netrc = Options.Netrc,
            Handlers = Options.Handlers,
            AllowFile = Options.AllowFile,
        });
    }

    /// <summary>How this downloader works.</summary>
    public DownloaderOptions Options { get; }

    /// <summary>The limit of all downloads together: set its rate at any time. No limit unless the options have one.</summary>
    public RateLimit RateLimit { get; }

    /// <summary>Downloads one file.</summary>
    /// <param name="request">From where, to where, and how.</param>
    /// <param name="cancellationToken">Ends the download; what was fetched stays for a later run, unless the request says otherwise.</param>
    /// <exception cref="ArgumentException">A URL is malformed or of an unknown scheme, or names no usable file.</exception>
    /// <exception cref="IOException">The file exists and may not be replaced, another process downloads it, the disk is full, or another local failure.</exception>
    /// <exception cref="UnauthorizedAccessException">The folder may not be written.</exception>
    /// <exception cref="IntegrityException">The length or a checksum is not the announced one.</exception>
    /// <exception cref="QuotaReachedException">The quota of the options was reached before.</exception>
    /// <exception cref="ProtocolClientException">No source gave the content; the failure of the last one.</exception>
    [OverloadResolutionPriority(1)] // So that DownloadAsync(new("https://…")) means one file.
    public async Task<TransferResult> DownloadAsync(DownloadRequest request, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        Options.Quota?.ThrowIfReached();
        long start = Options.TimeProvider.GetTimestamp();
        Arrival arrival = await Arrival.PrepareAsync(request, _opener, cancellationToken).ConfigureAwait(false);
        await using (arrival.ConfigureAwait(false))
        {
            if (arrival.Settled is { } settled) return settled with { Elapsed = Options.TimeProvider.GetElapsedTime(start) };
            using Transfer transfer = Begin(request, arrival);
            try
            {
                await transfer.RunAsync(cancellationToken).ConfigureAwait(false);
            }
            catch (IOException) when (request.WhenExists == ExistingFile.Skip && File.Exists(arrival.Path))
            {
                // Another process was faster: its file stays, as it would have if it had been there before.
                return new TransferResult(arrival.Path, new FileInfo(arrival.Path).Length) { Outcome = TransferOutcome.Skipped };
            }

            if (request.OnlyChanged) KnownContent.Save(transfer.Path, arrival.AskedId, transfer.Info!);
            return new TransferResult(transfer.Path, transfer.Written)
            {
                Checksums = arrival.Checksums,
                ResumedFrom = transfer.ResumedFrom,
                Attempts = transfer.Attempts,
                Elapsed = Options.TimeProvider.GetElapsedTime(start),
                FinalUrl = transfer.Info!.FinalUrl,
                Segments = transfer.Segments,
                Warnings = transfer.Warnings,
            };
        }
    }

    /// <summary>
    /// Downloads many files, <see cref="DownloaderOptions.Parallel"/> at a time; each outcome is given as soon as there is one. A failure
    /// of one is its outcome, and ends no other. Leaving the loop early ends those that are under way.
    /// </summary>
    /// <param name="requests">What to download; taken one by one, as there is room.</param>
    /// <param name="cancellationToken">Ends all.</param>
    public async IAsyncEnumerable<DownloadOutcome> DownloadAsync(
        IEnumerable<DownloadRequest> requests, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(requests);
        var outcomes = Channel.CreateBounded<DownloadOutcome>(1);
        using var left = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        Task running = RunAllAsync(requests, outcomes.Writer, left.Token);
        try
        {
            await foreach (DownloadOutcome outcome in outcomes.Reader.ReadAllAsync(cancellationToken).ConfigureAwait(false)) yield return outcome;
            await running.ConfigureAwait(false);
        }
        finally
        {
            await left.CancelAsync().ConfigureAwait(false);
            await running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>Closes the connections.</summary>
    public ValueTask DisposeAsync() => _opener.DisposeAsync();

    private async Task RunAllAsync(IEnumerable<DownloadRequest> requests, ChannelWriter<DownloadOutcome> outcomes, CancellationToken cancellationToken)
    {
        try
        {
            var options = new ParallelOptions { MaxDegreeOfParallelism = Options.Parallel, CancellationToken = cancellationToken };
            await Parallel.ForEachAsync(requests, options, async (request, token) =>
            {
                DownloadOutcome outcome;
                try
                {
                    outcome = new DownloadOutcome(request) { Result = await DownloadAsync(request, token).ConfigureAwait(false) };
                }
                catch (Exception failure) when (failure is not OperationCanceledException)
                {
                    outcome = new DownloadOutcome(request) { Failure = failure };
                }

                await outcomes.WriteAsync(outcome, token).ConfigureAwait(false);
            }).ConfigureAwait(false);
            outcomes.Complete();
        }
        catch (Exception end)
        {
            outcomes.Complete(end);
            throw;
        }
    }
}
