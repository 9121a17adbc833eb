using Microsoft.AspNetCore.Http;

namespace ProtocolClients.Testing;

/// <summary>Answers PUT and DELETE on files (RFC 9110 §9.3.4, §9.3.5): what a client sends is stored whole or not at all.</summary>
internal sealed class FileWriter(MockFiles files)
{
    private const long MostInMemory = 256L * 1024 * 1024;

    /// <summary>One change at a time: a condition is checked against what the change then replaces.</summary>
    private readonly Lock _gate = new();

    public async Task PutAsync(HttpContext context, string path)
    {
        HttpRequest request = context.Request;
        HttpResponse response = context.Response;
        if (Refusal(request, path, out string key, out string? local) is { } early)
        {
            await request.Body.CopyToAsync(Stream.Null, context.RequestAborted).ConfigureAwait(false);
            response.StatusCode = early;
            return;
        }

        if (local is null) await PutInMemoryAsync(context, key).ConfigureAwait(false);
        else await PutOnDiskAsync(context, path, local).ConfigureAwait(false);
    }

    public int Delete(HttpRequest request, string path)
    {
        if (MockFiles.Normalise(path) is not { Length: > 0 } key) return StatusCodes.Status403Forbidden;
        lock (_gate)
        {
            MockFile? file = path.EndsWith('/') ? null : files.Find(key);
            if (file is null) return files.IsDirectory(key) ? StatusCodes.Status409Conflict : StatusCodes.Status404NotFound;
            if (!Conditions.AllowChange(request, file)) return StatusCodes.Status412PreconditionFailed;
            if (!files.TryPlace(key, out string? local)) return StatusCodes.Status403Forbidden;
            if (local is null) files.Remove(key);
            else if (!IsAllowed(() => File.Delete(local))) return StatusCodes.Status403Forbidden;
            return StatusCodes.Status204NoContent;
        }
    }

    /// <summary>The status that refuses a PUT before or after its body was read; null when it may be stored.</summary>
    private int? Refusal(HttpRequest request, string path, out string key, out string? local)
    {
        local = null;
        key = MockFiles.Normalise(path) ?? string.Empty;
        // A part cannot be stored as if it were the whole (RFC 9110 §14.5).
        if (request.Headers.ContainsKey("Content-Range")) return StatusCodes.Status400BadRequest;
        if (key.Length == 0 || path.EndsWith('/') || files.IsDirectory(key)) return StatusCodes.Status409Conflict;
        if (!files.TryPlace(key, out local)) return StatusCodes.Status403Forbidden;
        return Conditions.AllowChange(request, files.Find(key)) ? null : StatusCodes.Status412PreconditionFailed;
    }

    private async Task PutInMemoryAsync(HttpContext context, string key)
    {
        using var content = new MemoryStream();
        byte[] piece = new byte[64 * 1024];
        int count;
        while ((count = await context.Request.Body.ReadAsync(piece, context.RequestAborted).ConfigureAwait(false)) > 0)
        {
            if (content.Length + count > MostInMemory)
            {
                context.Response.StatusCode = StatusCodes.Status413PayloadTooLarge;
                context.Response.Headers.Connection = "close";
                return;
            }

            content.Write(piece, 0, count);
        }

        // The body is whole here: one that was cut has thrown.
        var file = new MockFile(content.GetBuffer().AsSpan(0, (int)content.Length)) { MediaType = context.Request.ContentType };
        lock (_gate)
        {
            if (Refusal(context.Request, key, out _, out _) is { } late)
            {
                context.Response.StatusCode = late;
                return;
            }

            Answer(context.Response, files.Contains(key), file.EntityTag);
            files[key] = file;
        }
    }

    private async Task PutOnDiskAsync(HttpContext context, string path, string local)
    {
        string part = $"{local}.{Guid.NewGuid():N}.part";
        FileStream? made = null;
        bool isMade = IsAllowed(() =>
        {
            Directory.CreateDirectory(Path.GetDirectoryName(local)!);
            made = new FileStream(part, FileMode.CreateNew, FileAccess.Write, FileShare.None, 64 * 1024, FileOptions.Asynchronous);
        });
        if (!isMade)
        {
            await context.Request.Body.CopyToAsync(Stream.Null, context.RequestAborted).ConfigureAwait(false);
            context.Response.StatusCode = StatusCodes.Status403Forbidden;
            return;
        }

        try
        {
            FileStream stream = made!;
            await using (stream.ConfigureAwait(false))
            {
                await context.Request.Body.CopyToAsync(stream, context.RequestAborted).ConfigureAwait(false);
            }

            lock (_gate)
            {
                if (Refusal(context.Request, path, out _, out _) is { } late)
                {
                    context.Response.StatusCode = late;
                    return;
                }

                bool existed = File.Exists(local);
                if (!IsAllowed(() => File.Move(part, local, overwrite: true)))
                {
                    context.Response.StatusCode = StatusCodes.Status403Forbidden;
                    return;
                }

                Answer(context.Response, existed, MockFile.FromPath(local).EntityTag);
            }
        }
        finally
        {
            File.Delete(part);
        }
    }

    // False when the disk refuses.
    private static bool IsAllowed(Action change)
    {
        try
        {
            change();
            return true;
        }
        catch (Exception failure) when (DiskRefusal.Is(failure))
        {
            return false;
        }
    }

    private static void Answer(HttpResponse response, bool existed, string entityTag)
    {
        response.StatusCode = existed ? StatusCodes.Status204NoContent : StatusCodes.Status201Created;
        // What is stored is what was sent, byte for byte (RFC 9110 §9.3.4).
        response.Headers.ETag = entityTag;
        if (!existed) response.ContentLength = 0;
    }
}
