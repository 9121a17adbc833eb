using System.Globalization;
using System.Text;
using System.Xml;
using ProtocolClients.Transport;

namespace ProtocolClients;

/// <summary>Reads the XML of RFC 5854, forward only: no document type, no entities of its own, nothing fetched, everything counted.</summary>
internal static class MetalinkReader
{
    /// <summary>The most characters of a document.</summary>
    public const long MaxCharacters = 64L * 1024 * 1024;

    private const string Namespace = "urn:ietf:params:xml:ns:metalink";
    private const int LowestPriority = 999_999;
    private const int MaxFiles = 100_000;
    private const int MaxUrls = 1_000;
    private const int MaxPieces = 4_000_000;
    private const int MaxText = 64 * 1024;
    private const int MaxDepth = 64;

    public static async Task<MetalinkDocument> ReadAsync(Stream stream, CancellationToken cancellationToken)
    {
        // Read whole first, within its bound: the platform's reader cannot be cancelled in the middle.
        byte[] bytes = await BoundedReader.ReadAllAsync(stream, MaxCharacters, cancellationToken).ConfigureAwait(false);
        return Read(reader => XmlReader.Create(new MemoryStream(bytes, writable: false), reader));
    }

    public static MetalinkDocument Read(string xml) => Read(settings => XmlReader.Create(new StringReader(xml), settings));

    private static MetalinkDocument Read(Func<XmlReaderSettings, XmlReader> open)
    {
        var settings = new XmlReaderSettings
        {
            // A document type is how entities grow and files are read (CVE-2013-1664 and its kin).
            DtdProcessing = DtdProcessing.Prohibit,
            XmlResolver = null,
            MaxCharactersInDocument = MaxCharacters,
            IgnoreComments = true,
            IgnoreProcessingInstructions = true,
        };
        try
        {
            using XmlReader reader = open(settings);
            if (reader.MoveToContent() != XmlNodeType.Element || !Is(reader, "metalink")) throw new WireFormatException("This is no Metalink 4 document.");
            return Document(reader);
        }
        catch (Exception malformed) when (malformed is XmlException or DecoderFallbackException)
        {
            throw new WireFormatException("The Metalink document is not well-formed XML, or has a document type.", malformed);
        }
    }

    // metalinkMetalink = element metalink { file+ & generator? & origin? & published? & updated? … }   (RFC 5854 §4.1.1)
    private static MetalinkDocument Document(XmlReader reader)
    {
        var files = new List<MetalinkFile>();
        var names = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        Uri? origin = null;
        DateTimeOffset? published = null;
        DateTimeOffset? updated = null;
        string? generator = null;
        Children(reader, name =>
        {
            switch (name)
            {
                case "file":
                    if (files.Count == MaxFiles) throw Limit("files", MaxFiles);
                    MetalinkFile file = File(reader);
                    if (!names.Add(file.Name)) throw new WireFormatException("The Metalink document has two files of one name.");
                    files.Add(file);
                    return true;
                case "origin":
                    origin = UrlText.TryParse(Text(reader), out Uri? url, out _) ? UrlText.WithoutUserInfo(url) : null;
                    return true;
                case "published":
                    published = Date(Text(reader));
                    return true;
                case "updated":
                    updated = Date(Text(reader));
                    return true;
                case "generator":
                    generator = Text(reader);
                    return true;
                default:
                    return false;
            }
        });
        if (files.Count == 0) throw new WireFormatException("The Metalink document has no file.");
        return new MetalinkDocument { Files = [.. files], Origin = origin, Published = published, Updated = updated, Generator = generator };
    }

    // metalinkFile = element file { attribute name, … }   (RFC 5854 §4.1.2)
    private static MetalinkFile File(XmlReader reader)
    {
        string name = SafeName(reader.GetAttribute("name"));
        var urls = new List<MetalinkUrl>();
        var languages = new List<string>();
        var systems = new List<string>();
        long? size = null;
        Checksum? checksum = null;
        MetalinkPieces? pieces = null;
        string? identity = null;
        string? version = null;
        string? description = null;
        int places = 0;
        Children(reader, element =>
        {
            switch (element)
            {
                case "url":
                    if (++places > MaxUrls) throw Limit("places of a file", MaxUrls);
                    if (Place(reader) is { } url) urls.Add(url);
                    return true;
                case "size":
                    size = Whole(Text(reader), "size");
                    return true;
                case "hash":
                    string? algorithm = reader.GetAttribute("type");
                    Checksum? hash = Hash(algorithm, Text(reader));
                    if (hash is not null && (checksum is null || hash.Strength > checksum.Strength)) checksum = hash;
                    return true;
                case "pieces":
                    MetalinkPieces? read = Pieces(reader);
                    if (read is not null && (pieces is null || read.Checksums[0].Strength > pieces.Checksums[0].Strength)) pieces = read;
                    return true;
                case "identity":
                    identity = Text(reader);
                    return true;
                case "version":
                    version = Text(reader);
                    return true;
                case "description":
                    description = Text(reader);
                    return true;
                case "language":
                    if (languages.Count < MaxUrls) languages.Add(Text(reader));
                    else Text(reader);
                    return true;
                case "os":
                    if (systems.Count < MaxUrls) systems.Add(Text(reader));
                    else Text(reader);
                    return true;
                default:
                    return false;
            }
        });
        if (size is { } total && pieces?.Fit(total) == false) pieces = null;
        // OrderBy is stable: places of one priority stay in the document's order.
        return new MetalinkFile
        {
            Name = name,
            Urls = [.. urls.OrderBy(static url => url.Priority)],
            Size = size,
            Checksum = checksum,
            Pieces = pieces,
            Identity = identity,
            Version = version,
            Description = description,
            Languages = [.. languages],
            Systems = [.. systems],
        };
    }

    private static MetalinkUrl? Place(XmlReader reader)
    {
        string? location = reader.GetAttribute("location");
        int priority = reader.GetAttribute("priority") is { } text
            && int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int value) && value is >= 1 and <= LowestPriority
            ? value : LowestPriority;
        // A place that is none is no reason to give up the others; who wrote the list has no credentials to give.
        return UrlText.TryParse(Text(reader).Trim(), out Uri? url, out _) && url.Host.Length > 0
            ? new MetalinkUrl(UrlText.WithoutUserInfo(url), priority, location?.ToLowerInvariant()) : null;
    }

    private static MetalinkPieces? Pieces(XmlReader reader)
    {
        string? algorithm = reader.GetAttribute("type");
        long length = Whole(reader.GetAttribute("length") ?? string.Empty, "length of a piece");
        if (length == 0) throw new WireFormatException("The Metalink document has pieces of no length.");
        var checksums = new List<Checksum>();
        bool known = true;
        int count = 0;
        Children(reader, element =>
        {
            if (element != "hash") return false;
            if (++count > MaxPieces) throw Limit("pieces", MaxPieces);
            Checksum? hash = Hash(algorithm, Text(reader));
            if (hash is null) known = false;
            else if (known) checksums.Add(hash);
            return true;
        });
        return known && checksums.Count > 0 ? new MetalinkPieces(length, [.. checksums]) : null;
    }

    /// <summary>A hash by its registered name (RFC 5854 §4.2.4); null for algorithms that are not known here.</summary>
    private static Checksum? Hash(string? algorithm, string value)
    {
        if (algorithm is not ("sha-256" or "sha-384" or "sha-512" or "sha-1" or "md5")) return null;
        try
        {
            return Checksum.Parse(algorithm + ":" + value.Trim());
        }
        catch (FormatException malformed)
        {
            // A hash that cannot be right would let no file pass, one that is passed over any.
            throw new WireFormatException($"The Metalink document has a malformed {algorithm} hash.", malformed);
        }
    }

    /// <summary>The name attribute: a relative path of safe segments (RFC 5854 §4.1.2.1).</summary>
    private static string SafeName(string? name)
    {
        if (string.IsNullOrEmpty(name)) throw new WireFormatException("The Metalink document has a file without a name.");
        string[] segments = name.Split('/');
        foreach (string segment in segments)
        {
            if (SafeFileName.IsSafe(segment)) continue;
            throw new WireFormatException("The Metalink document names a file that would leave its folder, or that is no file name on some system.");
        }

        // Hidden names and folders are how a list reaches a user's settings.
        if (Array.Exists(segments, static segment => segment[0] == '.')) throw new WireFormatException("The Metalink document names a hidden file.");
        if (FileNames.IsOfAnUnfinishedFile(segments[^1])) throw new WireFormatException("The Metalink document names a file as those of unfinished downloads are named.");
        return segments.Length <= MaxDepth ? name : throw Limit("folders of a name", MaxDepth);
    }

    private static long Whole(string text, string what) =>
        long.TryParse(text.Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out long value)
            ? value : throw new WireFormatException($"The Metalink document's {what} is no number.");

    private static DateTimeOffset? Date(string text) =>
        DateTimeOffset.TryParse(text.Trim(), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out DateTimeOffset date) ? date : null;

    private static bool Is(XmlReader reader, string name) => reader.LocalName == name && reader.NamespaceURI == Namespace;

    /// <summary>Walks the children of an element; what is not taken is passed over, with all that is in it.</summary>
    private static void Children(XmlReader reader, Func<string, bool> take)
    {
        if (reader.IsEmptyElement)
        {
            reader.Read();
            return;
        }

        int depth = reader.Depth;
        reader.Read();
        while (reader.Depth > depth)
        {
            if (reader.NodeType != XmlNodeType.Element)
            {
                reader.Read();
                continue;
            }

            if (reader.NamespaceURI != Namespace || !take(reader.LocalName)) Pass(reader);
        }

        reader.Read();
    }

    private static void Pass(XmlReader reader)
    {
        int depth = reader.Depth;
        if (reader.IsEmptyElement)
        {
            reader.Read();
            return;
        }

        // Not Skip: elements of others may lie as deep as they like.
        while (reader.Read() && reader.Depth > depth)
        {
        }

        reader.Read();
    }

    private static string Text(XmlReader reader)
    {
        if (reader.IsEmptyElement)
        {
            reader.Read();
            return string.Empty;
        }

        int depth = reader.Depth;
        var text = new StringBuilder();
        reader.Read();
        while (reader.Depth > depth)
        {
            if (reader.NodeType is XmlNodeType.Text or XmlNodeType.CDATA or XmlNodeType.Whitespace or XmlNodeType.SignificantWhitespace) text.Append(reader.Value);
            if (text.Length > MaxText) throw Limit("characters of a text", MaxText);
            reader.Read();
        }

        reader.Read();
        return text.ToString();
    }

    private static WireLimitException Limit(string what, long limit) => new(what, limit, $"The Metalink document has more than {limit} {what}.");
}
