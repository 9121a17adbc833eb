using System.Text.Json;
using System.Text.Json.Serialization;

namespace ProtocolClients;

/// <summary>
/// What stands beside a part file: whose bytes these are, and which of them are there. Holds no userinfo, no query and no header.
/// </summary>
internal sealed record ResumeState
{
    public const string CurrentFormat = "protocolclients.part/1";

    public string? Format { get; init; }

    /// <summary>For people; the resources are known by their ids.</summary>
    public string? Url { get; init; }

    public IReadOnlyList<ResumeSource> Sources { get; init; } = [];

    public long? Total { get; init; }

    public IReadOnlyList<string> Checksums { get; init; } = [];

    /// <summary>The bytes came in order: those that the file has are there, whatever <see cref="Done"/> says.</summary>
    public bool Sequential { get; init; }

    /// <summary>Starts and ends of what was written: there as long as the machine has not been started anew since.</summary>
    public IReadOnlyList<long> Done { get; init; } = [];

    /// <summary>Starts and ends of what was forced to the disk.</summary>
    public IReadOnlyList<long> Safe { get; init; } = [];

    /// <summary>Names the start of the machine; null where the system does not tell.</summary>
    public string? Boot { get; init; }

    public static IReadOnlyList<long> Flat(RangeSet ranges) => [.. ranges.Ranges.SelectMany(static range => (long[])[range.Start, range.End])];

    /// <summary>The ranges of a list; null when it is none.</summary>
    public static RangeSet? Ranges(IReadOnlyList<long>? flat, long most)
    {
        if (flat is null || flat.Count % 2 != 0) return null;
        var ranges = new RangeSet();
        long at = 0;
        for (int i = 0; i < flat.Count; i += 2)
        {
            if (flat[i] < at || flat[i + 1] <= flat[i] || flat[i + 1] > most) return null;
            ranges.Add(flat[i], at = flat[i + 1]);
        }

        return ranges;
    }
}

/// <summary>One place where the content was taken from.</summary>
/// <param name="Id">The resource.</param>
/// <param name="Validator">Names the content there; null when nothing did.</param>
internal sealed record ResumeSource(string Id, string? Validator);

[JsonSerializable(typeof(ResumeState))]
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull, WriteIndented = true)]
internal sealed partial class ResumeStateJson : JsonSerializerContext;
