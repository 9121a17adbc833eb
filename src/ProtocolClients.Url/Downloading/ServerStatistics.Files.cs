using System.Text.Json;
using System.Text.Json.Serialization;
using ProtocolClients.Transport;

namespace ProtocolClients;

/// <summary>The file of server statistics: JSON, replaced in one step.</summary>
public sealed partial class ServerStatistics
{
    private const string Format = "protocolclients.servers/1";
    private const int MaxFile = 4 * 1024 * 1024;
    private const int MaxKey = 300;

    /// <summary>Reads statistics from a file.</summary>
    /// <param name="path">The file, at most 4 MiB. One that is not there knows nothing.</param>
    /// <param name="lifetime">How long something is known; null for 24 hours.</param>
    /// <param name="time">The source of time; null for the system's.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    /// <exception cref="FormatException">The file is none of statistics: <see cref="SaveAsync"/> would replace it.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static async Task<ServerStatistics> LoadAsync(string path, TimeSpan? lifetime = null, TimeProvider? time = null, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        var statistics = new ServerStatistics(lifetime, time);
        foreach (ServerStatistic server in await ReadAsync(path, cancellationToken).ConfigureAwait(false)) statistics.Take(server);
        return statistics;
    }

    /// <summary>
    /// Writes what is known to a file, whole or not at all; what another run wrote there meanwhile is taken over where it is newer. What
    /// is too old is left out. Of two runs that write at the same moment the last one's news are kept.
    /// </summary>
    /// <param name="path">The file.</param>
    /// <param name="cancellationToken">Ends the writing; the file is then as it was.</param>
    /// <exception cref="FormatException">The file is there, and none of statistics.</exception>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public async Task SaveAsync(string path, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        foreach (ServerStatistic server in await ReadAsync(path, cancellationToken).ConfigureAwait(false)) Take(server);
        byte[] bytes = JsonSerializer.SerializeToUtf8Bytes(new StatisticsFile(Format, Servers), StatisticsJson.Default.StatisticsFile);
        using PartFile part = PartFile.Create(path, overwrite: true);
        await RandomAccess.WriteAsync(part.Handle, bytes, 0, cancellationToken).ConfigureAwait(false);
        part.Commit(durable: false);
    }

    private static async Task<IReadOnlyList<ServerStatistic>> ReadAsync(string path, CancellationToken cancellationToken)
    {
        if (!Path.Exists(path) || new FileInfo(path).Length == 0) return [];
        if (new FileInfo(path).Length > MaxFile) throw new FormatException($"'{path}' is no file of server statistics: it is too long.");
        byte[] bytes = await File.ReadAllBytesAsync(path, cancellationToken).ConfigureAwait(false);
        StatisticsFile? file = null;
        try
        {
            file = JsonSerializer.Deserialize(bytes, StatisticsJson.Default.StatisticsFile);
        }
        catch (JsonException)
        {
            // It is none of ours.
        }

        return file is { Format: Format, Servers: not null } ? file.Servers : throw new FormatException($"'{path}' is no file of server statistics.");
    }

    private void Take(ServerStatistic? server)
    {
        if (server?.Server is not { Length: > 0 and <= MaxKey } key || server.Server.Any(char.IsControl) || !(server.BytesPerSecond >= 0) || !IsFresh(server)) return;
        Note(key, known => known is null || known.Updated < server.Updated ? server : known);
    }
}

internal sealed record StatisticsFile(string? Format, IReadOnlyList<ServerStatistic>? Servers);

[JsonSerializable(typeof(StatisticsFile))]
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, WriteIndented = true)]
internal sealed partial class StatisticsJson : JsonSerializerContext;
