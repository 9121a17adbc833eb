using System.Security.Cryptography;
using ProtocolClients.Transport;

namespace ProtocolClients;

/// <summary>
/// One content on its way into one file, across attempts: an attempt goes on where the last one broke off when the handler can
/// prove that the content is still the same, and begins anew when it cannot.
/// </summary>
internal sealed class Retrieval : IDisposable
{
    private static readonly TimeSpan ReportEvery = TimeSpan.FromMilliseconds(100);

    // Below this, asking for the room costs more than it brings.
    private const long ReserveFrom = 1024 * 1024;

    private readonly IUrlHandler _handler;
    private readonly Uri _url;
    private readonly PartFile _file;
    private readonly RetrieveOptions _options;
    private readonly TimeProvider _time;
    private readonly IncrementalHash? _hash;
    private string? _validator;
    private long? _total;
    private long _reported;

    public Retrieval(IUrlHandler handler, Uri url, PartFile file, RetrieveOptions options, TimeProvider time)
    {
        _handler = handler;
        _url = url;
        _file = file;
        _options = options;
        _time = time;
        _hash = options.Checksum?.CreateHash();
    }

    /// <summary>The bytes that are in the file and belong to the content.</summary>
    public long Written { get; private set; }

    public int Attempts { get; private set; }

    public UrlInfo? Info { get; private set; }

    public async ValueTask<bool> AttemptAsync(CancellationToken cancellationToken)
    {
        Attempts++;
        var request = new UrlRequest(_url) { Offset = _validator is null ? 0 : Written, Validator = _validator, Verbatim = true, Retry = false };
        UrlContent content = await _handler.OpenAsync(request, cancellationToken).ConfigureAwait(false);
        await using (content.ConfigureAwait(false))
        {
            Begin(content);
            await CopyLoop.CopyAsync(content.Stream, _file.Handle, Written, content.Length, _hash, Progressed, cancellationToken).ConfigureAwait(false);
        }

        if (_total is { } total && Written != total)
        {
            throw new IntegrityException($"{Written} bytes came where {total} were announced.", isTransient: Written < total) { Delivery = Delivery.Answered };
        }

        if (_hash is not null) _options.Checksum!.Verify(_hash);
        _options.Progress?.Report(new TransferProgress(Written, Written));
        return true;
    }

    public void Dispose() => _hash?.Dispose();

    private void Begin(UrlContent content)
    {
        if (content.Offset != Written || content.Offset == 0)
        {
            if (content.Offset != 0) throw new WireFormatException("The content begins at another byte than was asked for.");
            Written = 0;
            RandomAccess.SetLength(_file.Handle, 0);
            _hash?.GetHashAndReset();
        }

        _validator = content.Validator;
        _total = content.Length is { } length ? content.Offset + length : null;
        if (_total >= ReserveFrom && Written == 0) _file.Reserve(_total.Value);
        Info = new UrlInfo(content.FinalUrl)
        {
            Length = _total,
            MediaType = content.MediaType,
            Charset = content.Charset,
            LastModified = content.LastModified,
            Headers = content.Headers,
        };
        _reported = _time.GetTimestamp();
        _options.Progress?.Report(new TransferProgress(Written, _total));
    }

    private void Progressed(long written)
    {
        Written = written;
        if (_options.Progress is null || _time.GetElapsedTime(_reported) < ReportEvery) return;
        _reported = _time.GetTimestamp();
        _options.Progress.Report(new TransferProgress(written, _total));
    }
}
