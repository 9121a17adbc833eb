using System.CommandLine;
using System.Diagnostics;

namespace ProtocolClients.Tool;

/// <summary><c>pcl put FILE URL</c>: uploads a file, or standard input.</summary>
internal sealed class PutCommand
{
    private readonly Terminal _terminal;
    private readonly Command _command = new("put", "Upload a file to a URL (http, https, ftp, ftps).");
    private readonly Argument<string> _file = new("FILE") { Description = "What to upload; '-' for standard input, which is sent in chunks." };
    private readonly Argument<string> _url = new("URL") { Description = "Where to; one that ends in a slash gets the file's name." };
    private readonly Option<bool> _createOnly = new("--create-only") { Description = "Refuse to replace what is there (of http by If-None-Match: *)." };
    private readonly Option<string> _type = new("--content-type") { Description = "The media type.", DefaultValueFactory = _ => "application/octet-stream" };
    private readonly Option<bool> _noClobber = new("--no-clobber") { Description = "Leave what is there, and call that a success (ftp)." };
    private readonly Option<bool> _append = new("--append") { Description = "Put it behind what is there (ftp)." };
    private readonly Option<bool> _continue = new("--continue", "-c") { Description = "Keep what was sent when it breaks off, and go on with what an earlier run left (ftp)." };
    private readonly Option<bool> _createDirectories = new("--create-dirs") { Description = "Make the directories of the URL that are missing (ftp)." };
    private readonly Option<long?> _rate = new("--limit-rate") { Description = "Bytes a second: 500k, 2M (ftp, and --resumable).", CustomParser = Numbers.Size("--limit-rate takes bytes a second such as 500k or 2M.") };
    private readonly Option<bool> _resumable = new("--resumable") { Description = "URL makes uploads that go on where they broke off (tus 1.0.0 over http); what is needed for that is kept in FILE.HASH.upload." };
    private readonly Option<bool> _json = new("--json") { Description = "Print one JSON line instead of messages." };
    private readonly Option<bool> _quiet = new("--quiet", "-q") { Description = "Print failures only." };
    private readonly ClientArguments _client;

    private PutCommand(Terminal terminal)
    {
        _terminal = terminal;
        _command.Arguments.Add(_file);
        _command.Arguments.Add(_url);
        foreach (Option option in (Option[])[_createOnly, _noClobber, _append, _continue, _createDirectories, _rate, _resumable, _type, _json, _quiet]) _command.Options.Add(option);
        _client = new ClientArguments(_command);
        _command.SetAction(RunAsync);
    }

    public static Command Create(Terminal terminal) => new PutCommand(terminal)._command;

    private Task<int> RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        string file = parsed.GetValue(_file)!;
        bool resumable = parsed.GetValue(_resumable);
        if (resumable && file == "-") throw new UsageException("--resumable goes on with a file; standard input is none.");
        if (resumable && WildcardUrls.IsFtp(parsed.GetValue(_url)!)) throw new UsageException("--resumable is for http; of ftp it is --continue.");
        if (resumable && parsed.GetValue(_createOnly)) throw new UsageException("--resumable makes a new upload; it and --create-only exclude each other.");
        // Not a place for the file, but who makes one.
        string url = Target(parsed.GetValue(_url)!, file, named: !resumable);
        string shown = UrlLoop.Shown(url);
        return UrlLoop.TellAsync(
            _terminal,
            shown,
            parsed.GetValue(_json),
            () => PutAsync(file, url, shown, parsed, cancellationToken),
            (code, error, failure) => new PutResult { Url = shown, ExitCode = code, Error = error, Status = FtpPut.StatusOf(failure) });
    }

    private async Task<PutResult> PutAsync(string file, string url, string shown, ParseResult parsed, CancellationToken cancellationToken)
    {
        bool quiet = parsed.GetValue(_quiet) || parsed.GetValue(_json);
        long start = Stopwatch.GetTimestamp();
        long sent = 0;
        long? length = file == "-" ? null : Length(file);
        using ProgressBoard.Line? line = _terminal.IsInteractive && !quiet ? _terminal.Board.Add(Path.GetFileName(file)) : null;
        Action<int> moved = count =>
        {
            sent += count;
            line?.Report(new TransferProgress(sent, length) { Rate = sent / Math.Max(Stopwatch.GetElapsedTime(start).TotalSeconds, 0.001) });
        };
        PutResult result;
        string told;
        if (WildcardUrls.IsFtp(url))
        {
            result = await ToFtpAsync(file, url, parsed, line, cancellationToken);
            told = result.Outcome == "skipped" ? "is there already" : $"{result.Bytes} bytes";
        }
        else if (parsed.GetValue(_resumable))
        {
            RefuseFtpOptions(parsed, isRated: false);
            result = await ResumableAsync(file, url, parsed, line, cancellationToken);
            told = result.ResumedFrom is { } from ? $"{result.Bytes} bytes, {from} of them from an earlier run, at {result.FinalUrl}" : $"{result.Bytes} bytes, at {result.FinalUrl}";
        }
        else
        {
            RefuseFtpOptions(parsed, parsed.GetValue(_rate) is not null);
            using HttpContent content = file == "-"
                ? new StreamContent(new MeteredStream(_terminal.OpenInput(), file, null, moved), 128 * 1024)
                : new ReplayableContent(_ =>
                {
                    sent = 0;
                    return ValueTask.FromResult<Stream>(new MeteredStream(Open(file), file, length, moved));
                }, length, parsed.GetValue(_type)!);
            if (file == "-") content.Headers.TryAddWithoutValidation("Content-Type", parsed.GetValue(_type));
            result = await SendAsync(url, content, parsed, cancellationToken) with { Bytes = sent };
            told = $"{sent} bytes, {(result.Status == 201 ? "created" : "stored")}";
        }

        if (!quiet) _terminal.Tell($"{file} -> {shown}: {told}");
        return result with { Url = shown, Seconds = Stopwatch.GetElapsedTime(start).TotalSeconds };
    }

    private async Task<PutResult> SendAsync(string url, HttpContent content, ParseResult parsed, CancellationToken cancellationToken)
    {
        var session = new HttpSession((await _client.CreateAsync(parsed, _terminal, cancellationToken)).Http);
        await using (session)
        {
            HttpCallOptions call = parsed.GetValue(_createOnly) ? new HttpCallOptions { Headers = [("If-None-Match", "*")] } : HttpCallOptions.Default;
            using HttpReply reply = await _client.RunAsync(() => session.PutAsync(url, content, call, cancellationToken));
            reply.EnsureSuccess();
            return new PutResult { Url = url, ExitCode = ExitCode.Done, Status = (int)reply.Status, FinalUrl = UrlLoop.Shown(reply.FinalUrl.AbsoluteUri), ETag = reply.Headers["ETag"] };
        }
    }

    private async Task<PutResult> ResumableAsync(string file, string url, ParseResult parsed, IProgress<TransferProgress>? progress, CancellationToken cancellationToken)
    {
        var session = new HttpSession((await _client.CreateAsync(parsed, _terminal, cancellationToken)).Http);
        await using (session)
        {
            var options = new TusOptions
            {
                Metadata = [("filename", Path.GetFileName(file)), ("filetype", parsed.GetValue(_type)!)],
                RateLimit = parsed.GetValue(_rate) is { } rate ? new RateLimit(rate) : null,
                Progress = progress,
            };
            TransferResult result = await _client.RunAsync(() => new TusUploader(session).UploadAsync(file, url, options, cancellationToken));
            return new PutResult
            {
                Url = url,
                ExitCode = ExitCode.Done,
                Outcome = "uploaded",
                Bytes = result.Bytes,
                ResumedFrom = result.ResumedFrom > 0 ? result.ResumedFrom : null,
                FinalUrl = UrlLoop.Shown(result.FinalUrl!.AbsoluteUri),
            };
        }
    }

    private void RefuseFtpOptions(ParseResult parsed, bool isRated)
    {
        if (parsed.GetValue(_noClobber) || parsed.GetValue(_append) || parsed.GetValue(_continue) || parsed.GetValue(_createDirectories) || isRated)
            throw new UsageException("--no-clobber, --append, --continue, --create-dirs and --limit-rate are for ftp.");
    }

    private async Task<PutResult> ToFtpAsync(string file, string url, ParseResult parsed, IProgress<TransferProgress>? progress, CancellationToken cancellationToken)
    {
        bool append = parsed.GetValue(_append);
        if (append && (parsed.GetValue(_createOnly) || parsed.GetValue(_noClobber) || parsed.GetValue(_continue)))
            throw new UsageException("--append changes what is there; it and --create-only, --no-clobber and --continue exclude each other.");
        var put = new FtpPut
        {
            CreateOnly = parsed.GetValue(_createOnly),
            NoClobber = parsed.GetValue(_noClobber),
            Append = append,
            Continue = parsed.GetValue(_continue),
            CreateDirectories = parsed.GetValue(_createDirectories),
            RateLimit = parsed.GetValue(_rate) is { } rate ? new RateLimit(rate) : null,
            Progress = progress,
        };
        UrlOpenerOptions options = await _client.CreateAsync(parsed, _terminal, cancellationToken);
        Stream content = file == "-" ? _terminal.OpenInput() : Open(file);
        await using (content) return await put.RunAsync(content, url, options, cancellationToken);
    }

    private static FileStream Open(string file) =>
        new(file, FileMode.Open, FileAccess.Read, FileShare.Read, 0, FileOptions.Asynchronous | FileOptions.SequentialScan);

    private static long Length(string file)
    {
        if (Directory.Exists(file)) throw new IOException($"'{file}' is a folder.");
        var info = new FileInfo(file);
        return info.Exists ? info.Length : throw new FileNotFoundException($"'{file}' does not exist.");
    }

    private static string Target(string url, string file, bool named)
    {
        if (file.StartsWith('-') && file != "-") throw new UsageException($"'{file}' is no option of this command, and no file.");
        if (!WildcardUrls.IsFtp(url) && !url.StartsWith("http://", StringComparison.OrdinalIgnoreCase) && !url.StartsWith("https://", StringComparison.OrdinalIgnoreCase))
            throw new UsageException("put takes a URL of http, https, ftp or ftps.");
        if (!url.EndsWith('/') || !named) return url;
        if (file == "-") throw new UsageException("Standard input has no name: the URL names the file.");
        return url + Url.Quote(Path.GetFileName(file), safe: string.Empty);
    }

    /// <summary>Tells how much was read, and when it is not as much as was announced; reads only forward.</summary>
    private sealed class MeteredStream(Stream inner, string file, long? length, Action<int> moved) : Stream
    {
        private long _read;

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position
        {
            get => throw new NotSupportedException();
            set => throw new NotSupportedException();
        }

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            try
            {
                return Checked(await inner.ReadAsync(buffer, cancellationToken));
            }
            catch (IOException failure)
            {
                throw new LocalFileException(failure.Message, failure);
            }
        }

        public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
            ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

        public override int Read(byte[] buffer, int offset, int count)
        {
            try
            {
                return Checked(inner.Read(buffer, offset, count));
            }
            catch (IOException failure)
            {
                throw new LocalFileException(failure.Message, failure);
            }
        }

        public override void Flush()
        {
        }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        protected override void Dispose(bool disposing)
        {
            if (disposing) inner.Dispose();
            base.Dispose(disposing);
        }

        private int Checked(int count)
        {
            _read += count;
            if (_read > length || (count == 0 && _read < length))
                throw new LocalFileException($"'{file}' became {(count == 0 ? "shorter" : "longer")} while it was sent.");
            moved(count);
            return count;
        }
    }
}
