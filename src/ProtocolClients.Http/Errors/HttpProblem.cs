using System.Collections.ObjectModel;
using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using System.Text.Unicode;

namespace ProtocolClients;

/// <summary>
/// What a server says about a refusal in <c>application/problem+json</c> (RFC 9457). It is the server's text: good for a
/// person, not for deciding anything about security.
/// </summary>
public sealed record HttpProblem
{
    /// <summary>The most bytes that are taken for a problem; a longer document is none.</summary>
    internal const int MostBytes = 64 * 1024;

    internal const string MediaType = "application/problem+json";

    private static readonly JsonDocumentOptions Strict = new() { MaxDepth = 32 };

    /// <summary>A URI reference that names the kind of problem.</summary>
    /// <value><c>about:blank</c> when the server names none: then the status says it all (RFC 9457 §4.2.1).</value>
    public string Type { get; init; } = "about:blank";

    /// <summary>A short summary of the kind; null when there is none.</summary>
    public string? Title { get; init; }

    /// <summary>The status as the origin gave it, which something on the way may have changed; null when there is none.</summary>
    public int? Status { get; init; }

    /// <summary>What happened this time, for a person; null when there is none.</summary>
    public string? Detail { get; init; }

    /// <summary>A URI reference for this occurrence; null when there is none.</summary>
    public string? Instance { get; init; }

    /// <summary>Every other member, by its name.</summary>
    public IReadOnlyDictionary<string, JsonElement> Extensions { get; init; } = ReadOnlyDictionary<string, JsonElement>.Empty;

    /// <summary>Reads a problem. Members of another type than the RFC's are as if they were not there (RFC 9457 §3.1).</summary>
    /// <param name="json">The document; at most 64 KiB, nested 32 deep.</param>
    /// <param name="problem">What it says.</param>
    /// <returns>False when it is no JSON object in UTF-8, too long or nested too deeply.</returns>
    public static bool TryParse(ReadOnlyMemory<byte> json, [NotNullWhen(true)] out HttpProblem? problem)
    {
        problem = null;
        // Bytes that are no text would fail later, in the hands of whoever reads an extension.
        if (json.Length > MostBytes || !Utf8.IsValid(json.Span)) return false;
        if (json.Span.StartsWith("\uFEFF"u8)) json = json[3..];
        JsonElement root;
        try
        {
            using JsonDocument document = JsonDocument.Parse(json, Strict);
            if (document.RootElement.ValueKind != JsonValueKind.Object) return false;
            // One copy, which the extensions share.
            root = document.RootElement.Clone();
        }
        catch (JsonException)
        {
            return false;
        }

        problem = Read(root);
        return true;
    }

    /// <summary>The title, and the detail when there is one.</summary>
    public override string ToString() => Detail is null ? Title ?? Type : $"{Title ?? Type}: {Detail}";

    private static HttpProblem Read(JsonElement root)
    {
        string? type = null, title = null, detail = null, instance = null;
        int? status = null;
        Dictionary<string, JsonElement>? extensions = null;
        foreach (JsonProperty member in root.EnumerateObject())
        {
            switch (NameOf(member))
            {
                case null: break;
                case "type": type = TextOf(member.Value) ?? type; break;
                case "title": title = TextOf(member.Value) ?? title; break;
                case "detail": detail = TextOf(member.Value) ?? detail; break;
                case "instance": instance = TextOf(member.Value) ?? instance; break;
                case "status": status = member.Value.ValueKind == JsonValueKind.Number && member.Value.TryGetInt32(out int code) ? code : status; break;
                case var name: (extensions ??= new(StringComparer.Ordinal))[name] = member.Value; break;
            }
        }

        return new HttpProblem
        {
            Type = type ?? "about:blank",
            Title = title,
            Status = status,
            Detail = detail,
            Instance = instance,
            Extensions = extensions is null ? ReadOnlyDictionary<string, JsonElement>.Empty : extensions,
        };
    }

    private static string? NameOf(JsonProperty member)
    {
        try
        {
            return member.Name;
        }
        catch (InvalidOperationException)
        {
            // Bytes or escapes that are no text.
            return null;
        }
    }

    private static string? TextOf(JsonElement value)
    {
        if (value.ValueKind != JsonValueKind.String) return null;
        try
        {
            return value.GetString();
        }
        catch (InvalidOperationException)
        {
            return null;
        }
    }
}
