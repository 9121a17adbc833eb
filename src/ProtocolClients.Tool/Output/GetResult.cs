using System.Text.Json;
using System.Text.Json.Serialization;

namespace ProtocolClients.Tool;

/// <summary>What became of one URL: one line of <c>--json</c>.</summary>
internal interface IUrlResult
{
    int ExitCode { get; }

    string ToJson();
}

/// <summary>One line of <c>get --json</c>.</summary>
internal sealed record GetResult
{
    /// <summary>The URL as it was given, without userinfo.</summary>
    public required string Url { get; init; }

    public required int ExitCode { get; init; }

    /// <summary><c>downloaded</c>, <c>not-modified</c>, <c>skipped</c>, <c>planned</c> by <c>--dry-run</c>, or <c>not-begun</c> by <c>--quota</c>.</summary>
    public string? Outcome { get; init; }

    public string? Path { get; init; }

    public long? Bytes { get; init; }

    public string? FinalUrl { get; init; }

    /// <summary>Those that were verified, with blanks between.</summary>
    public string? Checksum { get; init; }

    /// <summary>Bytes of an earlier run that were not fetched again.</summary>
    public long? ResumedFrom { get; init; }

    /// <summary>What was asked for and could not be done, though the file is right.</summary>
    public IReadOnlyList<string>? Warnings { get; init; }

    public int? Attempts { get; init; }

    public int? Segments { get; init; }

    public double? Seconds { get; init; }

    public string? Error { get; init; }

    public string ToJson() => JsonSerializer.Serialize(this, GetResultJson.Default.GetResult);
}

/// <summary>One line of <c>head --json</c>.</summary>
internal sealed record HeadResult : IUrlResult
{
    public required string Url { get; init; }

    public required int ExitCode { get; init; }

    public string? FinalUrl { get; init; }

    public long? Length { get; init; }

    public string? MediaType { get; init; }

    public DateTimeOffset? LastModified { get; init; }

    public Dictionary<string, string>? Headers { get; init; }

    public string? Error { get; init; }

    public string ToJson() => JsonSerializer.Serialize(this, GetResultJson.Default.HeadResult);
}

/// <summary>One line of <c>ls --json</c>.</summary>
internal sealed record EntryResult
{
    public required string Name { get; init; }

    public required string Url { get; init; }

    public bool Folder { get; init; }

    public long? Length { get; init; }

    public DateTimeOffset? LastModified { get; init; }

    public string ToJson() => JsonSerializer.Serialize(this, GetResultJson.Default.EntryResult);
}

/// <summary>The line of <c>put --json</c>.</summary>
internal sealed record PutResult : IUrlResult
{
    public required string Url { get; init; }

    public required int ExitCode { get; init; }

    /// <summary>The status of HTTP, the code of FTP.</summary>
    public int? Status { get; init; }

    /// <summary>Of ftp and <c>--resumable</c>: <c>uploaded</c>, <c>appended</c> or <c>skipped</c>.</summary>
    public string? Outcome { get; init; }

    /// <summary>Bytes of an earlier run that were not sent again.</summary>
    public long? ResumedFrom { get; init; }

    public long? Bytes { get; init; }

    public string? FinalUrl { get; init; }

    [JsonPropertyName("etag")]
    public string? ETag { get; init; }

    public double? Seconds { get; init; }

    public string? Error { get; init; }

    public string ToJson() => JsonSerializer.Serialize(this, GetResultJson.Default.PutResult);
}

/// <summary>One line of <c>rm --json</c>.</summary>
internal sealed record RemoveResult : IUrlResult
{
    public required string Url { get; init; }

    public required int ExitCode { get; init; }

    /// <summary>Files and directories that are gone; 1 for a single file.</summary>
    public long? Deleted { get; init; }

    public string? Error { get; init; }

    public string ToJson() => JsonSerializer.Serialize(this, GetResultJson.Default.RemoveResult);
}

/// <summary>One line of <c>sync --json</c>.</summary>
internal sealed record SyncResult
{
    public required string Action { get; init; }

    public required string Path { get; init; }

    public string? Reason { get; init; }

    public long? Bytes { get; init; }

    public string? Error { get; init; }

    public string ToJson() => JsonSerializer.Serialize(this, GetResultJson.Default.SyncResult);
}

[JsonSerializable(typeof(GetResult))]
[JsonSerializable(typeof(SyncResult))]
[JsonSerializable(typeof(RemoveResult))]
[JsonSerializable(typeof(HeadResult))]
[JsonSerializable(typeof(EntryResult))]
[JsonSerializable(typeof(PutResult))]
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
internal sealed partial class GetResultJson : JsonSerializerContext;
