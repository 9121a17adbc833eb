using System.Globalization;
using ProtocolClients.Transport;

namespace ProtocolClients;

/// <summary>
/// What is settled before the first byte is written: whether there is anything to fetch, under which name it goes, and what the server's
/// own answer adds to the request (a digest, mirrors). One request, whose body is then the transfer's first.
/// </summary>
internal sealed class Arrival : IAsyncDisposable
{
    private readonly DownloadRequest _request;
    private readonly UrlOpener _opener;
    private readonly Source _asked;
    private readonly Uri _trusted;
    private UrlContent? _opened;

    private Arrival(DownloadRequest request, UrlOpener opener, IReadOnlyList<Source> sources)
    {
        _request = request;
        _opener = opener;
        Sources = sources;
        Checksums = request.Checksums;
        Pieces = request.Pieces;
        Length = request.Length;
        _asked = sources[0];
        _trusted = request.ListedBy ?? _asked.Url;
    }

    /// <summary>Names the URL that the caller gave, whichever mirror answers: what is said of him counts for it, not for who is asked first by now.</summary>
    public string AskedId => _asked.Id;

    public IReadOnlyList<Source> Sources { get; private set; }

    /// <summary>Whether the first source has answered already: what it sends is the transfer's first, so no other is asked before it.</summary>
    public bool HasAnswer => _opened is not null;

    public ValueList<Checksum> Checksums { get; private set; }

    public MetalinkPieces? Pieces { get; private set; }

    public long? Length { get; private set; }

    /// <summary>The final name, absolute; <see cref="ExistingFile.Rename"/> numbers it later.</summary>
    public string Path { get; private set; } = string.Empty;

    /// <summary>The result when there is nothing to fetch; null when there is.</summary>
    public TransferResult? Settled { get; private set; }

    /// <summary>Whether a file under the name is replaced.</summary>
    public bool Overwrite => _request.WhenExists == ExistingFile.Overwrite || IsConditional;

    private bool IsConditional => _request.OnlyNewer || _request.OnlyChanged;

    /// <summary>A file whose name only the answer tells.</summary>
    private bool IsNamedByServer => _request.Path is null && _request.Naming != FileNaming.Url && !IsConditional;

    public static async Task<Arrival> PrepareAsync(DownloadRequest request, UrlOpener opener, CancellationToken cancellationToken)
    {
        var arrival = new Arrival(request, opener, opener.SourcesOf(request.Urls, request.Headers, request.ListedBy));
        try
        {
            if (!arrival.IsNamedByServer && arrival.Take(NameBefore(request, arrival.Sources[0].Url))) return arrival;
            if (arrival.IsNamedByServer || arrival.IsConditional || request.VerifyDigest || request.FollowMirrors) await arrival.AskAsync(cancellationToken).ConfigureAwait(false);
            return arrival;
        }
        catch
        {
            await arrival.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>What would be settled, by the head alone.</summary>
    public static async Task<DownloadPlan> PlanAsync(DownloadRequest request, UrlOpener opener, CancellationToken cancellationToken)
    {
        Arrival arrival = new(request, opener, opener.SourcesOf(request.Urls, request.Headers, request.ListedBy));
        if (!arrival.IsNamedByServer && arrival.Take(NameBefore(request, arrival.Sources[0].Url))) return new DownloadPlan(arrival.Path, TransferOutcome.Skipped);
        UrlInfo info = await arrival.StatAsync(cancellationToken).ConfigureAwait(false);
        if (arrival.IsNamedByServer && arrival.Take(FileNames.Choose(request.Naming, arrival._asked.Url, info.FinalUrl, info.Headers)))
            return new DownloadPlan(arrival.Path, TransferOutcome.Skipped);
        string path = arrival.Path;
        bool exists = System.IO.Path.Exists(path);
        if (exists && request.WhenExists == ExistingFile.Rename && !arrival.IsConditional)
        {
            for (int number = 1; System.IO.Path.Exists(path); number++) path = NumberedName.Of(arrival.Path, number);
        }
        else if (exists && !arrival.Overwrite)
        {
            throw new IOException($"'{path}' exists already.");
        }

        bool isSame = exists && ((request.OnlyChanged && KnownContent.Load(path, arrival.AskedId)?.IsStill(info.Headers) == true)
            || (request.OnlyNewer && info.LastModified <= new DateTimeOffset(File.GetLastWriteTimeUtc(path)) && (info.Length is null || info.Length == new FileInfo(path).Length)));
        return new DownloadPlan(path, isSame ? TransferOutcome.NotModified : TransferOutcome.Transferred)
        {
            FinalUrl = info.FinalUrl,
            Length = info.Length ?? request.Length,
            MediaType = info.MediaType,
            LastModified = info.LastModified,
            PartBytes = request.Continue ? ResumeFile.BytesFor(path) : 0,
            HasRanges = info.Headers["Accept-Ranges"] is { } ranges && ranges.Contains("bytes", StringComparison.OrdinalIgnoreCase),
        };
    }

    public ValueTask DisposeAsync() => _opened is null ? ValueTask.CompletedTask : Sources[0].DropAsync();

    private static string NameBefore(DownloadRequest request, Uri url) => request.Path ?? FileNames.OfUrl(url);

    /// <summary>Takes a name; true when a file that has it already ends the matter.</summary>
    private bool Take(string name)
    {
        Path = _request.Path is null
            ? System.IO.Path.GetFullPath(name, System.IO.Path.GetFullPath(_request.Folder ?? "."))
            : System.IO.Path.GetFullPath(name);
        if (_request.WhenExists != ExistingFile.Skip || IsConditional || !System.IO.Path.Exists(Path)) return false;
        Settle(TransferOutcome.Skipped, Sources[0].Url);
        return true;
    }

    private void Settle(TransferOutcome outcome, Uri url) =>
        Settled = new TransferResult(Path, new FileInfo(Path) is { Exists: true } file ? file.Length : 0)
        {
            Outcome = outcome,
            FinalUrl = UrlText.WithoutUserInfo(url),
            Attempts = outcome == TransferOutcome.Skipped ? 0 : 1,
        };

    private async ValueTask AskAsync(CancellationToken cancellationToken)
    {
        KnownContent? known = _request.OnlyChanged ? KnownContent.Load(Path, Sources[0].Id) : null;
        DateTimeOffset? since = _request.OnlyNewer && File.Exists(Path) ? new DateTimeOffset(File.GetLastWriteTimeUtc(Path)) : DateOf(known);
        _opened = await OpenAsync(known?.EntityTag, since, cancellationToken).ConfigureAwait(false);
        if (_opened.IsNotModified && _opened.Total is { } total && total != new FileInfo(Path).Length)
        {
            // As old, and of another length: wget's rule fetches it.
            await Sources[0].DropAsync().ConfigureAwait(false);
            _opened = await OpenAsync(null, null, cancellationToken).ConfigureAwait(false);
        }

        if (_opened.IsNotModified || known?.IsStill(_opened.Headers) == true || IsSame(_opened, since))
        {
            Settle(TransferOutcome.NotModified, _opened.FinalUrl);
            return;
        }

        if (IsNamedByServer && Take(FileNames.Choose(_request.Naming, _asked.Url, _opened.FinalUrl, _opened.Headers))) return;
        if (_request.VerifyDigest && DigestField.Of(_opened.Headers, whole: true) is { } digest) Checksums = [.. Checksums, digest];
        if (_request.FollowMirrors) await AddMirrorsAsync(_opened, cancellationToken).ConfigureAwait(false);
    }

    private async ValueTask<UrlContent> OpenAsync(string? tag, DateTimeOffset? since, CancellationToken cancellationToken)
    {
        for (int i = 0; ; i++)
        {
            try
            {
                // A mirror's tags and dates are its own.
                UrlContent content = await Sources[i].ProbeAsync(i == 0 ? tag : null, i == 0 ? since : null, _request.VerifyDigest, cancellationToken).ConfigureAwait(false);
                // The one that answers is asked first from now on.
                if (i > 0) Sources = [Sources[i], .. Sources.Where((_, index) => index != i)];
                return content;
            }
            catch (ProtocolClientException) when (i < Sources.Count - 1)
            {
                // The next one may be there.
            }
        }
    }

    private async ValueTask<UrlInfo> StatAsync(CancellationToken cancellationToken)
    {
        for (int i = 0; ; i++)
        {
            try
            {
                return await Sources[i].StatAsync(cancellationToken).ConfigureAwait(false);
            }
            catch (ProtocolClientException) when (i < Sources.Count - 1)
            {
                // The next one may be there.
            }
        }
    }

    /// <summary>A server that ignores the condition sends what is here already (wget's rule: not newer, and as long).</summary>
    private bool IsSame(UrlContent content, DateTimeOffset? since) =>
        _request.OnlyNewer && since is { } here && content.LastModified is { } there && there <= here
        && (content.Length is null || content.Length == new FileInfo(Path).Length);

    private static DateTimeOffset? DateOf(KnownContent? known) =>
        DateTimeOffset.TryParseExact(known?.Modified, "r", CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out DateTimeOffset date) ? date : null;

    private async ValueTask AddMirrorsAsync(UrlContent content, CancellationToken cancellationToken)
    {
        MetalinkHeaders said = MetalinkHeaders.Of(content.FinalUrl, content.Headers);
        Add(said.Checksum);
        MetalinkFile? described = said.Document is null ? null : await DescriptionAsync(said.Document, content, cancellationToken).ConfigureAwait(false);
        Add(described?.Checksum);
        Pieces ??= described?.Pieces;
        bool isHashed = Checksums.Any(static checksum => checksum.Strength >= 2);
        string[] mirrors = [.. said.Mirrors.Concat(described?.Urls ?? [])
            .Where(mirror => mirror.IsTrusted(isHashed)).Select(static mirror => mirror.Url.AbsoluteUri).Distinct(StringComparer.Ordinal)];
        Length ??= content.Total ?? described?.Size;
        HashSet<string> known = [.. Sources.Select(static source => source.Id)];
        Sources = [.. Sources, .. _opener.SourcesOf(mirrors, _request.Headers, _trusted).Where(source => known.Add(source.Id))];
    }

    private void Add(Checksum? checksum)
    {
        if (checksum is not null && !Checksums.Contains(checksum)) Checksums = [.. Checksums, checksum];
    }

    /// <summary>What the document that the answer names says of this file (RFC 6249 §4); null when it cannot be had, or knows nothing of it.</summary>
    private async ValueTask<MetalinkFile?> DescriptionAsync(Uri document, UrlContent content, CancellationToken cancellationToken)
    {
        string shown = UrlText.WithoutUserInfo(document).GetLeftPart(UriPartial.Path);
        try
        {
            // Whoever could change it could change what a content over https is held against.
            if (document.Scheme != "https" && content.FinalUrl.Scheme == "https") throw new WireFormatException("it is not over https");
            // A body that is open holds its request's turn: what waits for another turn meanwhile could wait for itself.
            if (_opener.Options.Http?.HostLimits?.Concurrent is not null) await Sources[0].DropAsync().ConfigureAwait(false);
            Source source = _opener.SourcesOf([document.AbsoluteUri], _request.Headers, _trusted)[0];
            UrlContent answer = await source.OpenAsync(0, null, null, cancellationToken).ConfigureAwait(false);
            await using (answer.ConfigureAwait(false))
            {
                MetalinkDocument listed = await MetalinkDocument.LoadAsync(answer.Stream, cancellationToken).ConfigureAwait(false);
                MetalinkFile? file = listed.Files.FirstOrDefault(file => IsNamed(file, _asked.Url) || IsNamed(file, content.FinalUrl));
                file ??= listed.Files.Count == 1 ? listed.Files[0] : null;
                if (file is null) throw new WireFormatException("it has several files, and none of this name");
                if (file.Size is { } size && content.Total is { } total && size != total) throw new WireFormatException("it is of a file of another length");
                return file;
            }
        }
        catch (ProtocolClientException failure)
        {
            UrlLog.NotDescribed(_opener.Tools.Logger, Sources[0].Shown, shown, failure.Message);
            return null;
        }
    }

    private static bool IsNamed(MetalinkFile file, Uri url) => FileNames.IsOf(url, file.Name[(file.Name.LastIndexOf('/') + 1)..]);
}
