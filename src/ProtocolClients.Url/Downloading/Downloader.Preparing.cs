using ProtocolClients.Transport;

namespace ProtocolClients;

public sealed partial class Downloader
{
    // Names that are tried when the caller wants a free one.
    private const int MaxNames = 10_000;

    /// <summary>
    /// What a download would do, without doing it: asks for the head only, and writes nothing.
    /// </summary>
    /// <param name="request">From where, to where, and how.</param>
    /// <param name="cancellationToken">Ends the asking.</param>
    /// <exception cref="ArgumentException">As for <see cref="DownloadAsync(DownloadRequest, CancellationToken)"/>.</exception>
    /// <exception cref="IOException">The file exists and may not be replaced.</exception>
    /// <exception cref="ProtocolClientException">No source answers; the failure of the last one.</exception>
    public async Task<DownloadPlan> PlanAsync(DownloadRequest request, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        return await Arrival.PlanAsync(request, _opener, cancellationToken).ConfigureAwait(false);
    }

    private Transfer Begin(DownloadRequest request, Arrival arrival)
    {
        TransferPlan plan = PlanOf(request, arrival);
        if (request.WhenExists != ExistingFile.Rename || arrival.Overwrite) return new Transfer(plan, _opener.Tools);
        string first = arrival.Path;
        for (int number = 0; ; number++)
        {
            string path = NumberedName.Of(first, number);
            if (Path.Exists(path) && number < MaxNames) continue;
            try
            {
                return new Transfer(plan with { Path = path, NextName = taken => NumberedName.Of(first, number + taken) }, _opener.Tools);
            }
            catch (IOException) when (number < MaxNames && (Path.Exists(path) || PartFile.PartPathsOf(path).Any(Path.Exists)))
            {
                // Taken between two looks at it, or by a download that is under way.
            }
        }
    }

    private TransferPlan PlanOf(DownloadRequest request, Arrival arrival) => new()
    {
        Sources = arrival.HasAnswer || Options.ServerStatistics is null ? arrival.Sources : Options.ServerStatistics.Ordered(arrival.Sources),
        Path = arrival.Path,
        Overwrite = arrival.Overwrite,
        KeepTime = request.OnlyNewer,
        Continue = request.Continue,
        Durable = request.Durable,
        Segments = request.Segments,
        MinimumChunk = request.MinimumSegment,
        MaximumChunk = Math.Max(request.MinimumSegment, request.MaximumSegment),
        Checksums = arrival.Checksums,
        Pieces = arrival.Pieces,
        Length = arrival.Length,
        MaxLength = request.MaxLength,
        RateLimits = request.RateLimit is { } own ? [own, RateLimit] : [RateLimit],
        HostRateLimits = Options.HostRateLimits,
        Quota = Options.Quota,
        Provenance = request.Provenance,
        Referrer = request.Provenance == Provenance.None ? null : ReferrerOf(request.Headers) ?? (Options.Http is null ? null : ReferrerOf(Options.Http.Headers)),
        Servers = Options.ServerStatistics,
        LowSpeed = Options.LowSpeed,
        Progress = request.Progress,
    };

    private static string? ReferrerOf(ValueList<(string Name, string Value)> headers) =>
        headers.FirstOrDefault(static header => header.Name.Equals("Referer", StringComparison.OrdinalIgnoreCase)).Value;
}

/// <summary>What a download would do.</summary>
/// <param name="Path">The file it would write, or that is there already.</param>
/// <param name="Outcome">What it would come to, if nothing changes.</param>
public sealed record DownloadPlan(string Path, TransferOutcome Outcome)
{
    /// <summary>What would be asked in the end, after redirects, without userinfo; null when nothing would be.</summary>
    public Uri? FinalUrl { get; init; }

    /// <summary>The bytes of the content; null when nobody said.</summary>
    public long? Length { get; init; }

    /// <summary>The media type in lower case; null when nobody said.</summary>
    public string? MediaType { get; init; }

    /// <summary>When it was changed; null when nobody said.</summary>
    public DateTimeOffset? LastModified { get; init; }

    /// <summary>Bytes that an earlier run left, with which this one would go on if they still belong to the content.</summary>
    public long PartBytes { get; init; }

    /// <summary>Whether the server says that it knows ranges: without them there are no segments, and no going on.</summary>
    public bool HasRanges { get; init; }
}
