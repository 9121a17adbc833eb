using System.Text.Json;
using Microsoft.Win32.SafeHandles;
using ProtocolClients.Transport;

namespace ProtocolClients;

/// <summary>
/// The file beside a part file. It is replaced in one step, so that a killed process leaves the old state or the new one; whoever holds the
/// part file's lock may write it. Safe for several threads.
/// </summary>
internal sealed class ResumeFile(string partPath)
{
    private const int MaxBytes = 4 * 1024 * 1024;
    private const FileAttributes NotThere = (FileAttributes)(-1);

    private static readonly Lazy<string?> Boot = new(ReadBoot);

    private readonly Lock _gate = new();
    private readonly string _fresh = partPath + ".json.new";

    public string Path { get; } = partPath + ".json";

    public static string? CurrentBoot => Boot.Value;

    /// <summary>
    /// Whether a part, and the file beside it, are for us to write: they are not there yet, hold nothing, or our state says whose they are.
    /// Browsers and others name their unfinished files so too, and may be at work on them.
    /// </summary>
    public static bool IsOwn(PartFile part) => IsOwn(part.PartPath, RandomAccess.GetLength(part.Handle));

    /// <summary>The bytes of the part that a download of this name would go on with; 0 for none.</summary>
    public static long BytesFor(string path)
    {
        foreach (string partPath in PartFile.PartPathsOf(path))
        {
            var part = new FileInfo(partPath);
            if (part is { Exists: true, LinkTarget: null } && IsOwn(partPath, part.Length)) return part.Length;
            if (!part.Exists && IsOwn(partPath, 0)) return 0;
        }

        return 0;
    }

    private static bool IsOwn(string partPath, long length)
    {
        string path = partPath + ".json";
        var info = new FileInfo(path);
        if (info.Attributes == NotThere) return length == 0;
        if (!info.Exists || info.LinkTarget is not null) return false;
        return info.Length == 0 ? length == 0 : HasOurMark(path);
    }

    /// <summary>Whether a file begins as our states do, whatever their version, and whatever became of the rest.</summary>
    private static bool HasOurMark(string path)
    {
        try
        {
            byte[] head = new byte[256];
            using SafeFileHandle file = File.OpenHandle(path);
            int count = RandomAccess.Read(file, head, 0);
            return head.AsSpan(0, count).IndexOf("\"protocolclients.part/"u8) >= 0;
        }
        catch (Exception unread) when (unread is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    /// <summary>What an earlier run left; null with the reason when there is nothing that can be trusted.</summary>
    public ResumeState? Load(out string? reason)
    {
        reason = null;
        var info = new FileInfo(Path);
        if (info.LinkTarget is not null)
        {
            reason = "its state file is a link";
            return null;
        }

        if (!info.Exists)
        {
            reason = "it has no state file";
            return null;
        }

        if (info.Length > MaxBytes)
        {
            reason = "its state file is too long";
            return null;
        }

        try
        {
            ResumeState? state = JsonSerializer.Deserialize(File.ReadAllBytes(Path), ResumeStateJson.Default.ResumeState);
            if (state is { Format: ResumeState.CurrentFormat, Sources: not null, Checksums: not null }) return state;
            reason = "its state file is of another format";
        }
        catch (Exception damaged) when (damaged is JsonException or IOException or UnauthorizedAccessException)
        {
            reason = "its state file is damaged or cannot be read";
        }

        return null;
    }

    /// <summary>Replaces the state.</summary>
    /// <param name="state">The new one.</param>
    /// <param name="durable">Whether it has to outlive a power failure.</param>
    public void Save(ResumeState state, bool durable)
    {
        byte[] bytes = JsonSerializer.SerializeToUtf8Bytes(state with { Format = ResumeState.CurrentFormat, Boot = CurrentBoot }, ResumeStateJson.Default.ResumeState);
        lock (_gate)
        {
            // Left by a process that was killed in between; created anew, never opened: the name may be a link by now.
            File.Delete(_fresh);
            using (SafeFileHandle file = File.OpenHandle(_fresh, FileMode.CreateNew, FileAccess.Write, FileShare.None))
            {
                RandomAccess.Write(file, bytes, 0);
                if (durable) RandomAccess.FlushToDisk(file);
            }

            File.Move(_fresh, Path, overwrite: true);
        }
    }

    /// <summary>Removes the state of a part that is done or given up; only what has our format.</summary>
    public void Delete()
    {
        lock (_gate)
        {
            try
            {
                File.Delete(_fresh);
                if (Load(out _) is not null) File.Delete(Path);
            }
            catch (Exception left) when (left is IOException or UnauthorizedAccessException)
            {
                // A state without a part is worth nothing to a later run, and does it no harm.
            }
        }
    }

    private static string? ReadBoot()
    {
        try
        {
            return OperatingSystem.IsLinux() ? File.ReadAllText("/proc/sys/kernel/random/boot_id").Trim() : null;
        }
        catch (Exception unknown) when (unknown is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
