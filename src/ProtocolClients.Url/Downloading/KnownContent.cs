using System.Globalization;
using System.Text;
using ProtocolClients.Transport;

namespace ProtocolClients;

/// <summary>
/// What the server called a file that was downloaded, in <c>.NAME.etag</c> beside it: its entity tag and its date. It counts only as
/// long as the file is the one that was downloaded, byte for byte as its length and time tell, and comes from the same URL.
/// </summary>
internal sealed record KnownContent(string? EntityTag, string? Modified)
{
    private const string Head = "protocolclients etag 1";
    private const int MaxBytes = 64 * 1024;
    private const int MaxName = 255;

    /// <summary>What is known of a file; null when nothing is, or the file was changed since.</summary>
    /// <param name="path">The file.</param>
    /// <param name="sourceId">Names the URL.</param>
    public static KnownContent? Load(string path, string sourceId)
    {
        var file = new FileInfo(path);
        var note = new FileInfo(PathOf(path));
        if (!file.Exists || note is not { Exists: true, LinkTarget: null, Length: <= MaxBytes }) return null;
        try
        {
            string[] lines = File.ReadAllLines(note.FullName);
            if (lines.Length < 5 || lines[0] != Head || lines[1] != sourceId || lines[2] != StateOf(file)) return null;
            string? tag = IsEntityTag(lines[3]) ? lines[3] : null;
            string? modified = lines[4].Length > 0 ? lines[4] : null;
            return tag is null && modified is null ? null : new KnownContent(tag, modified);
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>Keeps what the server said of a file that was just downloaded, or forgets what it said of the one before.</summary>
    public static void Save(string path, string sourceId, UrlInfo info)
    {
        string note = PathOf(path);
        string? tag = info.Headers["ETag"] is { } text && IsEntityTag(text) ? text : null;
        string? modified = info.Headers["Last-Modified"] ?? info.LastModified?.ToString("r", CultureInfo.InvariantCulture);
        try
        {
            if ((tag is null && modified is null) || Encoding.UTF8.GetByteCount(Path.GetFileName(note)) > MaxName)
            {
                File.Delete(note);
                return;
            }

            using PartFile part = PartFile.Create(note, overwrite: true);
            string lines = string.Join('\n', Head, sourceId, StateOf(new FileInfo(path)), tag, modified) + "\n";
            RandomAccess.Write(part.Handle, Encoding.UTF8.GetBytes(lines), 0);
            part.Commit(durable: false);
        }
        catch (Exception unsaved) when (unsaved is IOException or UnauthorizedAccessException)
        {
            // The file is here; the next time it is fetched again.
        }
    }

    /// <summary>Whether an answer speaks of the same content: If-None-Match compares weakly (RFC 9110 §13.1.2).</summary>
    public bool IsStill(HttpFields headers) =>
        EntityTag is not null && headers["ETag"] is { } now && string.Equals(Opaque(EntityTag), Opaque(now), StringComparison.Ordinal);

    // entity-tag = [ weak ] opaque-tag ; weak = %s"W/"   (RFC 9110 §8.8.3)
    private static bool IsEntityTag(string text)
    {
        string opaque = Opaque(text);
        return opaque.Length >= 2 && opaque[0] == '"' && opaque[^1] == '"' && opaque.IndexOf('"', 1) == opaque.Length - 1 && !opaque.Any(char.IsControl);
    }

    private static string Opaque(string tag) => tag.StartsWith("W/", StringComparison.Ordinal) ? tag[2..] : tag;

    private static string StateOf(FileInfo file) => string.Create(CultureInfo.InvariantCulture, $"{file.Length} {file.LastWriteTimeUtc.Ticks}");

    private static string PathOf(string path) => Path.Combine(Path.GetDirectoryName(path) ?? string.Empty, "." + Path.GetFileName(path) + ".etag");
}
