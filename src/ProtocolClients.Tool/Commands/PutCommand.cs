using System.CommandLine;
using System.Diagnostics;

namespace ProtocolClients.Tool;

/// <summary><c>pcl put FILE URL</c>: uploads a file, or standard input.</summary>
internal sealed class PutCommand
{
    private readonly Terminal _terminal;
    private readonly Command _command = new("put", "Upload a file to a URL (http, https).");
    private readonly Argument<string> _file = new("FILE") { Description = "What to upload; '-' for standard input, which is sent in chunks." };
    private readonly Argument<string> _url = new("URL") { Description = "Where to; one that ends in a slash gets the file's name." };
    private readonly Option<bool> _createOnly = new("--create-only") { Description = "Refuse to replace what is there (If-None-Match: *)." };
    private readonly Option<string> _type = new("--content-type") { Description = "The media type.", DefaultValueFactory = _ => "application/octet-stream" };
    private readonly Option<bool> _json = new("--json") { Description = "Print one JSON line instead of messages." };
    private readonly Option<bool> _quiet = new("--quiet", "-q") { Description = "Print failures only." };
    private readonly ClientArguments _client;

    private PutCommand(Terminal terminal)
    {
        _terminal = terminal;
        _command.Arguments.Add(_file);
        _command.Arguments.Add(_url);
        foreach (Option option in (Option[])[_createOnly, _type, _json, _quiet]) _command.Options.Add(option);
        _client = new ClientArguments(_command);
        _command.SetAction(RunAsync);
    }

    public static Command Create(Terminal terminal) => new PutCommand(terminal)._command;

    private async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        string file = parsed.GetValue(_file)!;
        string url = Target(parsed.GetValue(_url)!, file);
        bool quiet = parsed.GetValue(_quiet) || parsed.GetValue(_json);
        string shown = UrlLoop.Shown(url);
        long start = Stopwatch.GetTimestamp();
        PutResult result;
        try
        {
            long sent = 0;
            long? length = file == "-" ? null : Length(file);
            using ProgressBoard.Line? line = _terminal.IsInteractive && !quiet ? _terminal.Board.Add(Path.GetFileName(file)) : null;
            Action<int> moved = count =>
            {
                sent += count;
                line?.Report(new TransferProgress(sent, length) { Rate = sent / Math.Max(Stopwatch.GetElapsedTime(start).TotalSeconds, 0.001) });
            };
            using HttpContent content = file == "-"
                ? new StreamContent(new MeteredStream(_terminal.OpenInput(), moved), 128 * 1024)
                : new ReplayableContent(_ =>
                {
                    sent = 0;
                    var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.Read, 0, FileOptions.Asynchronous | FileOptions.SequentialScan);
                    return ValueTask.FromResult<Stream>(new MeteredStream(stream, moved));
                }, length, parsed.GetValue(_type)!);
            if (file == "-") content.Headers.TryAddWithoutValidation("Content-Type", parsed.GetValue(_type));
            result = await SendAsync(url, content, parsed, cancellationToken) with { Url = shown, Bytes = sent, Seconds = Stopwatch.GetElapsedTime(start).TotalSeconds };
            if (!quiet) _terminal.Tell($"{file} -> {shown}: {sent} bytes, {(result.Status == 201 ? "created" : "stored")}");
        }
        catch (Exception failure) when (ExitCode.Of(failure) != ExitCode.Internal)
        {
            if (!parsed.GetValue(_json)) _terminal.Fail(shown, failure);
            result = new PutResult { Url = shown, ExitCode = ExitCode.Of(failure), Error = ExitCode.Sentence(failure), Status = (int?)(failure as HttpStatusException)?.Status };
        }

        if (parsed.GetValue(_json)) await _terminal.Output.WriteLineAsync(result.ToJson());
        return result.ExitCode;
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

    private static long Length(string file)
    {
        if (Directory.Exists(file)) throw new IOException($"'{file}' is a folder.");
        var info = new FileInfo(file);
        return info.Exists ? info.Length : throw new FileNotFoundException($"'{file}' does not exist.");
    }

    private static string Target(string url, string file)
    {
        if (file.StartsWith('-') && file != "-") throw new UsageException($"'{file}' is no option of this command, and no file.");
        if (!url.EndsWith('/')) return url;
        if (file == "-") throw new UsageException("Standard input has no name: the URL names the file.");
        return url + Url.Quote(Path.GetFileName(file), safe: string.Empty);
    }

    /// <summary>Tells how much was read; reads only forward.</summary>
    private sealed class MeteredStream(Stream inner, Action<int> moved) : Stream
    {
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
            int count = await inner.ReadAsync(buffer, cancellationToken);
            moved(count);
            return count;
        }

        public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
            ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

        public override int Read(byte[] buffer, int offset, int count)
        {
            int read = inner.Read(buffer, offset, count);
            moved(read);
            return read;
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
    }
}
