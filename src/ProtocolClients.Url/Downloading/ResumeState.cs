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

    /// <summary>The bytes of an earlier run that belong to what is wanted now, and those of them that were forced to the disk; null with the reason when none do.</summary>
    public RangeSet? Trusted(TransferPlan plan, long length, out RangeSet? safe, out string? reason)
    {
        long most = Math.Min(length, Total ?? long.MaxValue);
        RangeSet? done = Ranges(Done, most);
        safe = Ranges(Safe, most);
        reason = "its state does not fit the part file";
        if (done is null || safe is null || length > Total) return null;
        if (plan.Length is { } expected && Total is { } total && total != expected)
        {
            reason = "it was of another length";
            return null;
        }

        // A checksum decides at the end: wherever the bytes came from, they are right then.
        bool sameChecksum = plan.Checksums.Any(checksum => Checksums.Contains(checksum.ToString(), StringComparer.Ordinal));
        foreach (Source source in plan.Sources)
        {
            source.Validator = Sources.FirstOrDefault(known => string.Equals(known?.Id, source.Id, StringComparison.Ordinal))?.Validator;
        }

        reason = "it came from another URL, or nothing names its content";
        if (!sameChecksum && plan.Sources.All(static source => source.Validator is null)) return null;
        if (Boot is not null && string.Equals(Boot, ResumeFile.CurrentBoot, StringComparison.Ordinal))
        {
            if (Sequential) done.Add(0, length);
            return done;
        }

        reason = "the machine was started anew since, and nothing of it was forced to the disk";
        return safe.Bytes > 0 ? safe.Copy() : null;
    }

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
