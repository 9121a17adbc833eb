using System.Globalization;
using System.Net;
using System.Text;
using Microsoft.AspNetCore.Http;

namespace ProtocolClients.Testing;

/// <summary>Answers GET and HEAD from files: conditions, ranges, directories (RFC 9110 §8, §13, §14); PUT and DELETE where they are allowed.</summary>
internal sealed class FileResponder(MockFiles files, bool writable)
{
    private const int Piece = 64 * 1024;
    private const string Boundary = "mock-byteranges-9f2c41d7";

    private readonly FileWriter? _writer = writable ? new FileWriter(files) : null;

    public bool Has(string method, string path) =>
        files.Find(path) is not null || files.IsDirectory(path) || (_writer is not null && HttpMethods.IsPut(method));

    public async Task RespondAsync(HttpContext context, string path)
    {
        HttpResponse response = context.Response;
        if (_writer is not null && HttpMethods.IsPut(context.Request.Method))
        {
            await _writer.PutAsync(context, path).ConfigureAwait(false);
            return;
        }

        await context.Request.Body.CopyToAsync(Stream.Null, context.RequestAborted).ConfigureAwait(false);
        if (_writer is not null && HttpMethods.IsDelete(context.Request.Method))
        {
            response.StatusCode = _writer.Delete(context.Request, path);
            return;
        }

        if (!HttpMethods.IsGet(context.Request.Method) && !HttpMethods.IsHead(context.Request.Method))
        {
            response.StatusCode = StatusCodes.Status405MethodNotAllowed;
            response.Headers.Allow = _writer is null ? "GET, HEAD" : "GET, HEAD, PUT, DELETE";
            return;
        }

        if (files.Find(path) is { } file && !path.EndsWith('/'))
        {
            await SendAsync(context, file, path).ConfigureAwait(false);
            return;
        }

        if (!files.IsDirectory(path))
        {
            response.StatusCode = StatusCodes.Status404NotFound;
            return;
        }

        string clean = "/" + MockFiles.Normalise(path);
        if (!path.EndsWith('/'))
        {
            // Built from the normalised path: "//evil/.." sent back as a Location would name another host (CVE-2021-28861).
            response.StatusCode = StatusCodes.Status301MovedPermanently;
            response.Headers.Location = Escape(clean) + "/";
            return;
        }

        if (files.Find(clean + "/index.html") is { } index) await SendAsync(context, index, "index.html").ConfigureAwait(false);
        else await ListAsync(response, clean).ConfigureAwait(false);
    }

    internal static async Task SendAsync(HttpContext context, MockFile file, string path)
    {
        HttpResponse response = context.Response;
        if (Opened(file) is not { } opened)
        {
            response.StatusCode = StatusCodes.Status403Forbidden;
            return;
        }

        using MockFile.Reader reader = opened;
        long length = reader.Length;
        string type = file.MediaType ?? MediaTypes.ByName(path);
        response.Headers.ETag = file.EntityTag;
        response.Headers.LastModified = file.Modified.ToString("R", CultureInfo.InvariantCulture);
        response.Headers.AcceptRanges = "bytes";
        if (Conditions.Check(context.Request, file) is { } status)
        {
            response.StatusCode = status;
            return;
        }

        string range = context.Request.Headers.Range.ToString();
        bool usesRange = range.Length > 0 && HttpMethods.IsGet(context.Request.Method) && Conditions.AllowRange(context.Request, file);
        IReadOnlyList<(long First, long Length)>? ranges = usesRange ? ByteRanges.Parse(range, length) : null;
        CancellationToken token = context.RequestAborted;
        if (ranges is null)
        {
            response.ContentType = type;
            response.ContentLength = length;
            if (!HttpMethods.IsHead(context.Request.Method)) await CopyAsync(response, reader, 0, length, token).ConfigureAwait(false);
        }
        else if (ranges.Count == 0)
        {
            response.StatusCode = StatusCodes.Status416RangeNotSatisfiable;
            response.Headers.ContentRange = string.Create(CultureInfo.InvariantCulture, $"bytes */{length}");
        }
        else if (ranges.Count == 1)
        {
            response.StatusCode = StatusCodes.Status206PartialContent;
            response.ContentType = type;
            response.ContentLength = ranges[0].Length;
            response.Headers.ContentRange = ContentRange(ranges[0], length);
            await CopyAsync(response, reader, ranges[0].First, ranges[0].Length, token).ConfigureAwait(false);
        }
        else
        {
            response.StatusCode = StatusCodes.Status206PartialContent;
            response.ContentType = "multipart/byteranges; boundary=" + Boundary;
            await CopyPartsAsync(response, reader, ranges, type, token).ConfigureAwait(false);
        }
    }

    // Null for one that the disk does not open.
    private static MockFile.Reader? Opened(MockFile file)
    {
        try
        {
            return file.Open();
        }
        catch (Exception failure) when (DiskRefusal.Is(failure))
        {
            return null;
        }
    }

    private static async Task CopyPartsAsync(
        HttpResponse response, MockFile.Reader reader, IReadOnlyList<(long First, long Length)> ranges, string type, CancellationToken token)
    {
        long length = reader.Length;
        byte[][] heads = [.. ranges.Select((range, i) => Encoding.ASCII.GetBytes(
            $"{(i == 0 ? "" : "\r\n")}--{Boundary}\r\nContent-Type: {type}\r\nContent-Range: {ContentRange(range, length)}\r\n\r\n"))];
        byte[] tail = Encoding.ASCII.GetBytes($"\r\n--{Boundary}--\r\n");
        response.ContentLength = heads.Sum(static head => (long)head.Length) + ranges.Sum(static range => range.Length) + tail.Length;
        for (int i = 0; i < heads.Length; i++)
        {
            await response.BodyWriter.WriteAsync(heads[i], token).ConfigureAwait(false);
            await CopyAsync(response, reader, ranges[i].First, ranges[i].Length, token).ConfigureAwait(false);
        }

        await response.BodyWriter.WriteAsync(tail, token).ConfigureAwait(false);
    }

    private static async Task CopyAsync(HttpResponse response, MockFile.Reader reader, long offset, long length, CancellationToken token)
    {
        while (length > 0)
        {
            Memory<byte> memory = response.BodyWriter.GetMemory(Piece);
            int count = await reader.ReadAsync(memory[..(int)Math.Min(memory.Length, length)], offset, token).ConfigureAwait(false);
            if (count == 0) throw new IOException("The file became shorter while it was sent.");
            response.BodyWriter.Advance(count);
            await response.BodyWriter.FlushAsync(token).ConfigureAwait(false);
            offset += count;
            length -= count;
        }
    }

    private static string ContentRange((long First, long Length) range, long length) =>
        string.Create(CultureInfo.InvariantCulture, $"bytes {range.First}-{range.First + range.Length - 1}/{length}");

    private static string Escape(string path) => string.Join('/', path.Split('/').Select(Uri.EscapeDataString));

    private async Task ListAsync(HttpResponse response, string path)
    {
        IReadOnlyCollection<string> names;
        try
        {
            names = files.List(path);
        }
        catch (Exception failure) when (DiskRefusal.Is(failure))
        {
            response.StatusCode = StatusCodes.Status403Forbidden;
            return;
        }

        var page = new StringBuilder("<!DOCTYPE html>\n<html><head><meta charset=\"utf-8\"><title>");
        string title = WebUtility.HtmlEncode(path);
        page.Append(title).Append("</title></head><body><h1>").Append(title).Append("</h1><ul>\n");
        foreach (string name in names)
        {
            page.Append("<li><a href=\"").Append(WebUtility.HtmlEncode("./" + Escape(name))).Append("\">");
            page.Append(WebUtility.HtmlEncode(name)).Append("</a></li>\n");
        }

        byte[] bytes = Encoding.UTF8.GetBytes(page.Append("</ul></body></html>\n").ToString());
        response.ContentType = "text/html; charset=utf-8";
        response.ContentLength = bytes.Length;
        await response.BodyWriter.WriteAsync(bytes, response.HttpContext.RequestAborted).ConfigureAwait(false);
    }
}
