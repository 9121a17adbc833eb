using System.Globalization;
using System.Net;
using System.Text;
using ProtocolClients.Transport;

namespace ProtocolClients;

/// <summary>One upload by tus 1.0.0, from its creation, or from where the server has it, to the end.</summary>
internal sealed class TusUpload : IDisposable
{
    private const string Version = "1.0.0";
    private const string BodyType = "application/offset+octet-stream";

    private readonly HttpSession _session;
    private readonly TusOptions _options;
    private readonly string _path;
    private readonly Uri _endPoint;
    private readonly string _user;
    private readonly FileStream _file;
    private readonly DateTime _modified;
    private readonly TusState? _state;
    private readonly TransferMeter _meter;
    private Uri? _url;
    private long _furthest;
    private int _attempts;

    // What the server has; null when it has to be asked.
    private long? _offset;

    public TusUpload(HttpSession session, string url, string path, TusOptions options)
    {
        _session = session;
        _options = options;
        _path = path;
        Uri asked = session.Options.BaseAddress is { } root ? new Uri(root, url) : UrlText.Parse(url);
        _user = asked.UserInfo;
        _endPoint = UrlText.WithoutUserInfo(asked);
        _file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 0, FileOptions.Asynchronous | FileOptions.SequentialScan);
        Length = _file.Length;
        _modified = File.GetLastWriteTimeUtc(_file.SafeFileHandle);
        if (options.Continue) _state = new TusState(path, _endPoint, Length, _modified);
        _meter = new TransferMeter(options.Progress, session.Options.TimeProvider);
    }

    private long Length { get; }

    public void Dispose() => _file.Dispose();

    public async Task<TusResult> RunAsync(CancellationToken cancellationToken)
    {
        long resumed = 0;
        if (_state is not null && (_url = await _state.LoadAsync(cancellationToken).ConfigureAwait(false)) is not null)
        {
            // What the server says is what counts; one that no longer knows the upload makes a new one.
            if (IsSameOrigin(_url) && await AskAsync(cancellationToken).ConfigureAwait(false)) resumed = _offset!.Value;
            else _url = null;
        }

        if (_url is null) await CreateAsync(cancellationToken).ConfigureAwait(false);
        _furthest = _offset!.Value;
        _meter.Begin(_offset.Value, Length);
        await _session.Resilience.RunAsync(
            Replay.Always, UrlText.EndPointOf(_url!), static (upload, token) => upload.SendAllAsync(token), this, static upload => upload._furthest, cancellationToken).ConfigureAwait(false);
        _state?.Delete();
        _meter.Enter(TransferPhase.Done, Length);
        return new TusResult(_url!, Length) { ResumedFrom = resumed, Attempts = _attempts };
    }

    private async ValueTask<bool> SendAllAsync(CancellationToken cancellationToken)
    {
        bool hasConflicted = false;
        while (true)
        {
            if (_offset is null && !await AskAsync(cancellationToken).ConfigureAwait(false))
                throw new WireFormatException("The server does not know the upload any more, of which it took bytes.") { Endpoint = UrlText.EndPointOf(_url!) };
            long start = _offset!.Value;
            if (start == Length) return true;
            if (await SendAsync(start, cancellationToken).ConfigureAwait(false)) continue;
            // It has another number of bytes than it said: once that may be an answer that was lost.
            if (hasConflicted) throw new WireFormatException("The server refuses the offset that it names itself.") { Endpoint = UrlText.EndPointOf(_url!) };
            hasConflicted = true;
        }
    }

    /// <summary>POST: a new upload (Creation).</summary>
    private async Task CreateAsync(CancellationToken cancellationToken)
    {
        // A creation whose answer was lost leaves an empty upload behind, and does no harm.
        var call = new HttpCallOptions
        {
            Headers = [("Tus-Resumable", Version), ("Upload-Length", Length.ToString(CultureInfo.InvariantCulture)), .. Metadata()],
            Replay = Replay.Always,
        };
        using HttpReply reply = await _session.PostAsync(WithUser(_endPoint), null, call, cancellationToken).ConfigureAwait(false);
        Check(reply);
        if (reply.Status != HttpStatusCode.Created || reply.Headers["Location"] is not { } location || !Uri.TryCreate(reply.FinalUrl, location, out Uri? url))
            throw Broken(reply, "The answer to the creation of an upload names none.");
        url = UrlText.WithoutUserInfo(url);
        // The credentials are those of the end point, and the bytes are meant for it.
        if (!IsSameOrigin(url)) throw Broken(reply, $"The upload is made at another origin: {url.GetLeftPart(UriPartial.Authority)}.");
        _url = url;
        _offset = 0;
        if (_state is not null && Length > 0) await _state.SaveAsync(url, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>HEAD: how many bytes the server has.</summary>
    /// <returns>False when it does not know the upload, or has one of another length.</returns>
    private async ValueTask<bool> AskAsync(CancellationToken cancellationToken)
    {
        var call = new HttpCallOptions { Headers = [("Tus-Resumable", Version)] };
        using HttpReply reply = await _session.HeadAsync(WithUser(_url!), call, cancellationToken).ConfigureAwait(false);
        if (reply.Status is HttpStatusCode.NotFound or HttpStatusCode.Gone or HttpStatusCode.Forbidden) return false;
        Check(reply);
        if (reply.Headers["Upload-Length"] is { } length && Number(length) != Length) return false;
        _offset = Offset(reply);
        return true;
    }

    /// <summary>PATCH: bytes from an offset on.</summary>
    /// <returns>False when the server has another number of bytes.</returns>
    private async ValueTask<bool> SendAsync(long start, CancellationToken cancellationToken)
    {
        // Whatever happens from here on, only the server knows how much it took.
        _offset = null;
        long count = Math.Min(Length - start, _options.MaxRequest ?? long.MaxValue);
        CheckFile();
        using var content = new ReplayableContent(_ => new(new TusWindow(this, start, count)), count, BodyType);
        var call = new HttpCallOptions
        {
            Headers = [("Tus-Resumable", Version), ("Upload-Offset", start.ToString(CultureInfo.InvariantCulture))],
            Replay = Replay.Never,
        };
        _attempts++;
        using HttpReply reply = await _session.PatchAsync(WithUser(_url!), content, call, cancellationToken).ConfigureAwait(false);
        if (reply.Status == HttpStatusCode.Conflict) return false;
        Check(reply);
        long offset = Offset(reply);
        if (offset <= start || offset > start + count) throw Broken(reply, $"After {count} bytes from byte {start} on the server has {offset}.");
        _offset = offset;
        _furthest = Math.Max(_furthest, offset);
        return true;
    }

    private void Moved(long position)
    {
        if (_meter.IsListenedTo) _meter.Moved(position, Length);
    }

    /// <summary>Bytes of another state of the file would make a content that never was.</summary>
    private void CheckFile()
    {
        if (_file.Length != Length || File.GetLastWriteTimeUtc(_file.SafeFileHandle) != _modified) throw new IOException($"'{_path}' changed while it was sent.");
    }

    // Upload-Metadata = key [ SP base64 ] *( "," … )
    private IEnumerable<(string Name, string Value)> Metadata()
    {
        ValueList<(string Name, string Value)> metadata = _options.Metadata ?? [("filename", Path.GetFileName(_path))];
        if (metadata.Count > 0)
            yield return ("Upload-Metadata", string.Join(',', metadata.Select(static pair => $"{pair.Name} {Convert.ToBase64String(Encoding.UTF8.GetBytes(pair.Value))}".TrimEnd(' '))));
    }

    /// <summary>Every answer of a tus server says that it is one.</summary>
    private void Check(HttpReply reply)
    {
        if (reply.Status == HttpStatusCode.PreconditionFailed && reply.Headers["Tus-Version"] is { } versions)
            throw new CapabilityMissingException("tus 1.0.0", $"The server speaks tus {versions}, not {Version}.") { Endpoint = UrlText.EndPointOf(_endPoint) };
        reply.EnsureSuccess();
        if (reply.Headers["Tus-Resumable"] != Version)
            throw new CapabilityMissingException("tus 1.0.0", "The server does not answer as one of tus 1.0.0: uploads do not go on there.") { Endpoint = UrlText.EndPointOf(_endPoint) };
    }

    private long Offset(HttpReply reply) =>
        Number(reply.Headers["Upload-Offset"]) is { } offset && offset <= Length ? offset : throw Broken(reply, "The answer has no Upload-Offset within the file.");

    private static long? Number(string? text) => long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out long number) ? number : null;

    private bool IsSameOrigin(Uri url) => Uri.Compare(url, _endPoint, UriComponents.SchemeAndServer, UriFormat.UriEscaped, StringComparison.OrdinalIgnoreCase) == 0;

    // The userinfo of the URL that the caller gave, never one that an answer has.
    private string WithUser(Uri url) => _user.Length == 0 ? url.AbsoluteUri : url.AbsoluteUri.Insert(url.Scheme.Length + 3, _user + "@");

    private static WireFormatException Broken(HttpReply reply, string message) => new(message) { Endpoint = UrlText.EndPointOf(reply.FinalUrl), Delivery = Delivery.Answered };

    /// <summary>Bytes of the file, paid for by the rate and told of.</summary>
    private sealed class TusWindow(TusUpload upload, long start, long count) : ForwardStream
    {
        private readonly long _end = start + count;
        private long _position = start;

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            int most = (int)Math.Min(Math.Min(buffer.Length, upload._options.RateLimit?.Piece ?? int.MaxValue), _end - _position);
            if (most == 0) return 0;
            int read = await RandomAccess.ReadAsync(upload._file.SafeFileHandle, buffer[..most], _position, cancellationToken).ConfigureAwait(false);
            if (read == 0) throw new IOException($"'{upload._path}' became shorter while it was sent.");
            _position += read;
            if (upload._options.RateLimit is { } rate) await rate.PayAsync(read, upload._session.Options.TimeProvider, cancellationToken).ConfigureAwait(false);
            upload.Moved(_position);
            return read;
        }
    }
}
