using ProtocolClients.Transport;

namespace ProtocolClients.Tool;

/// <summary>One run of <c>pcl get</c>: its connections, its limits, its results.</summary>
internal sealed partial class GetRun : IAsyncDisposable
{
    // The end of the sentence of whoever finds the name of a download taken.
    private const string Taken = " exists already.";

    private readonly Terminal _terminal;
    private readonly GetSettings _settings;
    private readonly UrlOpenerOptions _options;
    private readonly Lazy<UrlOpener> _opener;
    private readonly Lazy<Downloader> _downloader;
    private readonly RateLimit? _totalRate;
    private readonly HostRateLimits? _hostRates;
    private readonly ByteQuota? _quota;
    private ServerStatistics? _servers;
    private readonly Lock _gate = new();
    private ChecksumList? _checksums;
    private int _files;
    private int _failed;
    private int _notBegun;
    private int _lastCode;

    public GetRun(Terminal terminal, GetSettings settings, UrlOpenerOptions options)
    {
        _terminal = terminal;
        _settings = settings;
        _options = options;
        _totalRate = settings.TotalRate is { } total ? new RateLimit(total) : null;
        _hostRates = settings.HostRate is { } each ? new HostRateLimits(each) : null;
        _quota = settings.Quota is { } quota ? new ByteQuota(quota) : null;
        _opener = new Lazy<UrlOpener>(() => new UrlOpener(options));
        _downloader = new Lazy<Downloader>(() => new Downloader(new DownloaderOptions
        {
            Http = options.Http,
            Ftp = options.Ftp,
            Netrc = options.Netrc,
            TunnelFtp = options.TunnelFtp,
            Transport = options.Transport,
            Credentials = options.Credentials,
            Deadlines = options.Deadlines,
            WireLog = options.WireLog,
            AllowFile = options.AllowFile,
            Resilience = options.Resilience,
            RateLimit = _totalRate,
            HostRateLimits = _hostRates,
            Quota = _quota,
            ServerStatistics = _servers,
        }));
    }

    public async Task<int> RunAsync(List<InputItem> items, CancellationToken cancellationToken)
    {
        if (_settings.Folder is { } folder && !_settings.DryRun) Directory.CreateDirectory(folder);
        if (_settings.Wildcards) items = await WildcardUrls.ExpandAsync(items, _opener, cancellationToken);
        if (items.Count > 1 && _settings.Output is { } one and not "-" && !one.Contains('#', StringComparison.Ordinal)) throw new UsageException("-o names one file, but there are several URLs; use -d.");
        if (_settings.Output == "-" && items.Exists(static item => item.Urls.Count > 1)) throw new UsageException("-o - asks one URL; it and mirrors exclude each other.");
        if (_settings.Servers is { } servers && !_settings.DryRun) _servers = await ServerStatistics.LoadAsync(servers, cancellationToken: cancellationToken);
        if (_settings.Checksums is { } list) _checksums = await ListAsync(list, cancellationToken);
        try
        {
            return await RunAllAsync(items, cancellationToken);
        }
        finally
        {
            if (_servers is not null) await SaveServersAsync(_servers, _settings.Servers!);
        }
    }

    // What was learned on the way is not what the run was for: it ends as it ended.
    private async Task SaveServersAsync(ServerStatistics servers, string path)
    {
        try
        {
            await servers.SaveAsync(path, CancellationToken.None);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or FormatException)
        {
            _terminal.Tell($"pcl: how fast servers were is not remembered: {failure.Message}");
        }
    }

    private async Task<int> RunAllAsync(List<InputItem> items, CancellationToken cancellationToken)
    {
        bool durable = _settings.Durable || items.Count == 1;
        if (_settings.Parallel == 1 || items.Count == 1 || _settings.Output == "-")
        {
            foreach (InputItem item in items) await GetAsync(item, durable, cancellationToken);
        }
        else
        {
            var parallel = new ParallelOptions { MaxDegreeOfParallelism = _settings.Parallel, CancellationToken = cancellationToken };
            await Parallel.ForEachAsync(items, parallel, (item, token) => new ValueTask(GetAsync(item, durable, token)));
        }

        if (_notBegun > 0 && !_settings.Json) _terminal.Tell($"pcl: the quota of {_quota!.Bytes} bytes is reached: {_notBegun} of {_files} files were not begun.");
        int code = _failed == 0 || _files == 1 ? _lastCode : ExitCode.SomeFailed;
        return code == ExitCode.Done && _notBegun > 0 ? ExitCode.QuotaReached : code;
    }

    public async ValueTask DisposeAsync()
    {
        if (_opener.IsValueCreated) await _opener.Value.DisposeAsync();
        if (_downloader.IsValueCreated) await _downloader.Value.DisposeAsync();
    }

    private async Task<ChecksumList> ListAsync(string list, CancellationToken cancellationToken) => ChecksumList.Parse(
        list.Contains("://", StringComparison.Ordinal)
            ? await _opener.Value.ReadTextAsync(list, cancellationToken)
            : await File.ReadAllTextAsync(list, cancellationToken),
        list.Contains("://", StringComparison.Ordinal) ? NameOf(list) : list);

    private Task GetAsync(InputItem item, bool durable, CancellationToken cancellationToken)
    {
        string url = item.Urls[0];
        string shown = UrlLoop.Shown(url);
        if (_settings.Output == "-") return ReportAsync(shown, url, () => ToOutputAsync(item, shown, cancellationToken), cancellationToken);
        if (_settings.Metalink) return GetDescribedAsync(item, durable, shown, cancellationToken);
        return ReportAsync(shown, url, () => ToFileAsync(RequestOf(item, durable), null, shown, cancellationToken), cancellationToken);
    }

    private async Task GetDescribedAsync(InputItem item, bool durable, string shown, CancellationToken cancellationToken)
    {
        MetalinkDocument? document = null;
        bool isRead = await ReportAsync(
            shown,
            null,
            async () =>
            {
                _quota?.ThrowIfReached();
                document = await DocumentAsync(item.Urls[0], cancellationToken);
                if (document is not null) RequireFor(document, item);
                return null;
            },
            cancellationToken);
        if (!isRead) return;
        if (document is null)
        {
            await ReportAsync(shown, item.Urls[0], () => ToFileAsync(RequestOf(item, durable), null, shown, cancellationToken), cancellationToken);
            return;
        }

        foreach (MetalinkFile file in document.Files)
        {
            DownloadRequest Request() => Of(file, item) with { Durable = _settings.Durable || document.Files.Count == 1 };
            await ReportAsync(shown, null, () => ToFileAsync(Request(), file.Name, shown, cancellationToken), cancellationToken);
        }
    }

    private async Task<GetResult?> ToOutputAsync(InputItem item, string shown, CancellationToken cancellationToken)
    {
        _quota?.ThrowIfReached();
        await using UrlContent content = await _opener.Value.OpenAsync(item.Urls[0], cancellationToken);
        if (content.Length > _settings.MaxSize) throw new WireLimitException("--max-size", _settings.MaxSize.Value, "The content is longer than --max-size.");
        Checksum? checksum = item.Checksum ?? _settings.Checksum ?? Listed(NameOf(item.Urls[0]));
        Stream output = _terminal.OpenOutput();
        await using (output)
        {
            RateLimit?[] rates = [_settings.Rate is { } rate ? new RateLimit(rate) : null, _totalRate, _hostRates?.Of(content.FinalUrl.IdnHost)];
            long bytes = await ChecksumGate.CopyAsync(content.Stream, output, checksum, _settings.MaxSize ?? long.MaxValue, [.. rates.OfType<RateLimit>()], _quota, _terminal.Time, cancellationToken);
            return new GetResult { Url = shown, ExitCode = ExitCode.Done, Bytes = bytes, FinalUrl = UrlLoop.Shown(content.FinalUrl.AbsoluteUri) };
        }
    }

    /// <param name="request">The file.</param>
    /// <param name="name">What a line of progress calls it; null for the URL's own name.</param>
    /// <param name="shown">The URL, fit to be shown.</param>
    /// <param name="cancellationToken">Ends it.</param>
    private async Task<GetResult?> ToFileAsync(DownloadRequest request, string? name, string shown, CancellationToken cancellationToken)
    {
        try
        {
            if (_settings.DryRun) return await PlanAsync(request, shown, cancellationToken);
            TransferResult result;
            using (ProgressBoard.Line? line = _terminal.IsInteractive && !_settings.Quiet ? _terminal.Board.Add(name ?? NameOf(request.Urls[0])) : null)
                result = await _downloader.Value.DownloadAsync(line is null ? request : request with { Progress = line }, cancellationToken);
            return Told(shown, result);
        }
        catch (IOException taken) when (taken.Message.EndsWith(Taken, StringComparison.Ordinal))
        {
            if (!_settings.Continue || await FinishedFile.FindAsync(request, _downloader.Value, cancellationToken) is not { } plan)
                throw new IOException(taken.Message[..^1] + "; --overwrite replaces it, --no-clobber keeps it, --rename takes another name.", taken);
            return await FinishedAsync(shown, plan, request);
        }
    }

    private async Task<GetResult?> PlanAsync(DownloadRequest request, string shown, CancellationToken cancellationToken)
    {
        DownloadPlan plan = await _downloader.Value.PlanAsync(request, cancellationToken);
        if (plan.Length > _settings.MaxSize) throw new WireLimitException("--max-size", _settings.MaxSize.Value, "The content is longer than --max-size.");
        if (!_settings.Json)
        {
            string what = plan.Outcome switch
            {
                TransferOutcome.Skipped => "is there already",
                TransferOutcome.NotModified => "has not changed",
                _ when plan.PartBytes > 0 => $"would be gone on with at byte {plan.PartBytes} of {plan.Length?.ToString(System.Globalization.CultureInfo.InvariantCulture) ?? "?"}",
                _ => $"would be fetched: {plan.Length?.ToString(System.Globalization.CultureInfo.InvariantCulture) ?? "unknown"} bytes",
            };
            await _terminal.Output.WriteLineAsync(TerminalText.Escape($"{shown} -> {Shown(plan.Path)}: {what}"));
        }

        return ResultOf(shown, plan.Outcome, plan.Path, plan.Length, plan.FinalUrl, []) with
        {
            Outcome = plan.Outcome == TransferOutcome.Transferred ? "planned" : Word(plan.Outcome),
            ResumedFrom = plan.PartBytes > 0 ? plan.PartBytes : null,
        };
    }

    private DownloadRequest RequestOf(InputItem item, bool durable)
    {
        string? output = _settings.Output is { } template ? UrlGlob.Fill(template, item.Values) : item.Name;
        return Common(new DownloadRequest([.. item.Urls])
        {
            Durable = durable,
            Path = output is null ? null : Path.Combine(_settings.Folder ?? ".", output),
            Folder = _settings.Folder,
            Naming = _settings.Naming,
            Checksum = item.Checksum ?? _settings.Checksum ?? (_checksums is null ? null : Listed(item.Name ?? NameOf(item.Urls[0]))),
            FollowMirrors = _settings.Metalink,
        });
    }

    /// <summary>What the caller says of one file counts beside what the document says of it.</summary>
    private DownloadRequest Of(MetalinkFile file, InputItem item)
    {
        DownloadRequest request = Common(DownloadRequest.Of(file, _settings.Folder ?? ".", UrlText.Parse(item.Urls[0])));
        if (!_settings.DryRun) Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(request.Path!))!);
        Checksum? given = item.Checksum ?? _settings.Checksum ?? Listed(file.Name);
        return request with
        {
            Urls = [.. request.Urls, .. item.Urls.Skip(1)],
            Checksums = given is null ? request.Checksums : [given, .. request.Checksums],
        };
    }

    private void RequireFor(MetalinkDocument document, InputItem item)
    {
        if (item.Name is not null) throw new UsageException("A Metalink document names its files; it and a name of the list exclude each other.");
        if (document.Files.Count == 1) return;
        if (item.Checksum is not null || _settings.Checksum is not null) throw new UsageException("The checksum is of one file, but the Metalink document has several.");
        if (item.Urls.Count > 1) throw new UsageException("A mirror is of one file, but the Metalink document has several.");
    }

    private DownloadRequest Common(DownloadRequest request) => request with
    {
        WhenExists = _settings.WhenExists,
        OnlyNewer = _settings.OnlyNewer,
        OnlyChanged = _settings.OnlyChanged,
        Continue = _settings.Continue,
        Segments = _settings.Segments,
        VerifyDigest = _settings.VerifyDigest,
        Provenance = _settings.Provenance,
        MaxLength = _settings.MaxSize ?? long.MaxValue,
        RateLimit = _settings.Rate is { } rate ? new RateLimit(rate) : null,
    };

    private Checksum? Listed(string name)
    {
        if (_checksums is null) return null;
        return _checksums.TryFind(name, out Checksum? checksum) ? checksum : throw new IntegrityException($"The list of checksums has none for '{name}'.");
    }

    /// <summary>The document behind a URL; null when it is something else, whose answer may name mirrors.</summary>
    private async Task<MetalinkDocument?> DocumentAsync(string url, CancellationToken cancellationToken)
    {
        await using UrlContent content = await _opener.Value.OpenAsync(url, cancellationToken);
        bool isDocument = content.MediaType == MetalinkDocument.MediaType
            || content.FinalUrl.AbsolutePath.EndsWith(".meta4", StringComparison.OrdinalIgnoreCase)
            || content.FinalUrl.AbsolutePath.EndsWith(".metalink", StringComparison.OrdinalIgnoreCase);
        return isDocument ? await MetalinkDocument.LoadAsync(content.Stream, cancellationToken) : null;
    }

    /// <summary>The last segment of a URL, for lists and lines of progress; never for a path.</summary>
    private static string NameOf(string url)
    {
        string path = Uri.TryCreate(url, UriKind.Absolute, out Uri? parsed) ? parsed.AbsolutePath : url;
        int type = WildcardUrls.IsFtp(url) ? path.LastIndexOf(";type=", StringComparison.OrdinalIgnoreCase) : -1;
        if (type > path.LastIndexOf('/')) path = path[..type];
        string name = Url.Unquote(path[(path.LastIndexOf('/') + 1)..]);
        return name.Length > 0 ? name : "index.html";
    }
}
