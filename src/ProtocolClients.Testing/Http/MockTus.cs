using System.Buffers;
using System.Collections.Concurrent;
using System.Globalization;
using Microsoft.AspNetCore.Http;

namespace ProtocolClients.Testing;

/// <summary>
/// A tus 1.0.0 server (core protocol and Creation) at a path of a <see cref="MockHttpServer"/>, strict as the protocol is: made by
/// <see cref="MockRoutes.Tus"/>. It keeps each byte as soon as it comes, also of a request whose connection is lost.
/// </summary>
public sealed class MockTus
{
    private const string Version = "1.0.0";
    private const string BodyType = "application/offset+octet-stream";

    private readonly ConcurrentDictionary<string, MockTusUpload> _uploads = new(StringComparer.Ordinal);
    private readonly ConcurrentQueue<(long Bytes, int Locked)> _cuts = new();
    private readonly string _path;
    private int _made;
    private int _locked;

    internal MockTus(MockRoutes routes, string path)
    {
        _path = path.TrimEnd('/');
        routes.Post(path).Handle(CreateAsync);
        routes.On("HEAD", _path + "/*").Handle(TellAsync);
        routes.On("PATCH", _path + "/*").Handle(TakeAsync);
    }

    /// <summary>The uploads that were made and not taken away, by the last segment of their URL: <c>1</c>, <c>2</c> …</summary>
    public IReadOnlyDictionary<string, MockTusUpload> Uploads => _uploads;

    /// <summary>The next request that sends bytes, for which no cut is set yet, loses its connection after so many of them were kept.</summary>
    /// <param name="bytes">How many; 0 for none.</param>
    /// <param name="locked">How many requests then find the upload locked, as by <see cref="Lock"/>: a server that has not noticed the loss.</param>
    public void CutAfter(long bytes, int locked = 0)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(bytes);
        ArgumentOutOfRangeException.ThrowIfNegative(locked);
        _cuts.Enqueue((bytes, locked));
    }

    /// <summary>The next requests to an upload (HEAD, PATCH) are answered 423 Locked, as while another request holds it.</summary>
    /// <param name="requests">How many; 0 unlocks.</param>
    public void Lock(int requests)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(requests);
        Volatile.Write(ref _locked, requests);
    }

    /// <summary>Forgets an upload, as servers do after a time.</summary>
    /// <param name="name">The last segment of its URL.</param>
    public void Remove(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        _uploads.TryRemove(name, out _);
    }

    private static bool IsSpoken(HttpContext context)
    {
        context.Response.Headers["Tus-Resumable"] = Version;
        if (context.Request.Headers["Tus-Resumable"] == Version) return true;
        context.Response.Headers["Tus-Version"] = Version;
        context.Response.StatusCode = StatusCodes.Status412PreconditionFailed;
        return false;
    }

    private static bool TryNumber(HttpContext context, string name, out long number) =>
        long.TryParse(context.Request.Headers[name], NumberStyles.None, CultureInfo.InvariantCulture, out number);

    private Task CreateAsync(HttpContext context)
    {
        if (!IsSpoken(context)) return Task.CompletedTask;
        if (!TryNumber(context, "Upload-Length", out long length))
        {
            context.Response.StatusCode = StatusCodes.Status400BadRequest;
            return Task.CompletedTask;
        }

        string name = Interlocked.Increment(ref _made).ToString(CultureInfo.InvariantCulture);
        _uploads[name] = new MockTusUpload(length, context.Request.Headers["Upload-Metadata"].ToString());
        context.Response.StatusCode = StatusCodes.Status201Created;
        context.Response.Headers.Location = $"{_path}/{name}";
        return Task.CompletedTask;
    }

    private Task TellAsync(HttpContext context)
    {
        if (!IsSpoken(context)) return Task.CompletedTask;
        context.Response.Headers.CacheControl = "no-store";
        if (Find(context) is { } upload)
        {
            context.Response.Headers["Upload-Offset"] = upload.Offset.ToString(CultureInfo.InvariantCulture);
            context.Response.Headers["Upload-Length"] = upload.Length.ToString(CultureInfo.InvariantCulture);
        }

        return Task.CompletedTask;
    }

    private async Task TakeAsync(HttpContext context)
    {
        if (!IsSpoken(context) || Find(context) is not { } upload) return;
        HttpResponse response = context.Response;
        response.StatusCode = context.Request.ContentType != BodyType ? StatusCodes.Status415UnsupportedMediaType
            : !TryNumber(context, "Upload-Offset", out long offset) ? StatusCodes.Status400BadRequest
            : offset != upload.Offset ? StatusCodes.Status409Conflict : StatusCodes.Status204NoContent;
        if (response.StatusCode != StatusCodes.Status204NoContent) return;
        (long left, int locked) = _cuts.TryDequeue(out (long Bytes, int Locked) cut) ? cut : (long.MaxValue, 0);
        byte[] piece = new byte[64 * 1024];
        while (left > 0)
        {
            int count = await context.Request.Body.ReadAsync(piece.AsMemory(0, (int)Math.Min(piece.Length, left)), context.RequestAborted).ConfigureAwait(false);
            if (count == 0) break;
            if (!upload.Append(piece.AsSpan(0, count)))
            {
                response.StatusCode = StatusCodes.Status413PayloadTooLarge;
                return;
            }

            left -= count;
        }

        if (left == 0)
        {
            if (locked > 0) Lock(locked);
            context.Abort();
            return;
        }

        response.Headers["Upload-Offset"] = upload.Offset.ToString(CultureInfo.InvariantCulture);
    }

    private bool IsLocked()
    {
        int left = Volatile.Read(ref _locked);
        while (left > 0)
        {
            int seen = Interlocked.CompareExchange(ref _locked, left - 1, left);
            if (seen == left) return true;
            left = seen;
        }

        return false;
    }

    private MockTusUpload? Find(HttpContext context)
    {
        if (IsLocked())
        {
            context.Response.StatusCode = StatusCodes.Status423Locked;
            return null;
        }

        string path = context.Request.Path.Value ?? string.Empty;
        if (_uploads.TryGetValue(path[(path.LastIndexOf('/') + 1)..], out MockTusUpload? upload)) return upload;
        context.Response.StatusCode = StatusCodes.Status404NotFound;
        return null;
    }
}

/// <summary>One upload of a <see cref="MockTus"/>.</summary>
public sealed class MockTusUpload
{
    private readonly Lock _gate = new();
    private readonly ArrayBufferWriter<byte> _content = new();

    internal MockTusUpload(long length, string metadata)
    {
        Length = length;
        Metadata = metadata;
    }

    /// <summary>The announced bytes.</summary>
    public long Length { get; }

    /// <summary>The field Upload-Metadata, as it came; empty for none.</summary>
    public string Metadata { get; }

    /// <summary>The bytes that came.</summary>
    public long Offset
    {
        get
        {
            lock (_gate) return _content.WrittenCount;
        }
    }

    /// <summary>Whether all came.</summary>
    public bool IsWhole => Offset == Length;

    /// <summary>What came.</summary>
    public byte[] ToArray()
    {
        lock (_gate) return _content.WrittenSpan.ToArray();
    }

    internal bool Append(ReadOnlySpan<byte> bytes)
    {
        lock (_gate)
        {
            if (_content.WrittenCount + bytes.Length > Length) return false;
            _content.Write(bytes);
            return true;
        }
    }
}
