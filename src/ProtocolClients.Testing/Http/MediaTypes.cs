namespace ProtocolClients.Testing;

/// <summary>Media types by the ending of a name: the few that tests and served directories need.</summary>
internal static class MediaTypes
{
    public static string ByName(string name) => Path.GetExtension(name).ToUpperInvariant() switch
    {
        ".TXT" or ".MD" or ".LOG" => "text/plain; charset=utf-8",
        ".HTML" or ".HTM" => "text/html; charset=utf-8",
        ".CSS" => "text/css",
        ".CSV" => "text/csv",
        ".XML" => "application/xml",
        ".JSON" => "application/json",
        ".JS" => "text/javascript",
        ".PNG" => "image/png",
        ".JPG" or ".JPEG" => "image/jpeg",
        ".GIF" => "image/gif",
        ".SVG" => "image/svg+xml",
        ".PDF" => "application/pdf",
        ".ZIP" => "application/zip",
        ".GZ" => "application/gzip",
        ".TAR" => "application/x-tar",
        _ => "application/octet-stream",
    };
}
