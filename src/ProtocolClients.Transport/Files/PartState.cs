using System.Text;
using Microsoft.Win32.SafeHandles;

namespace ProtocolClients.Transport;

/// <summary>
/// What stands beside a part that was written from its beginning on: which content its bytes are of. Of bytes that came in order the length of
/// the part says how many there are, as long as the machine was not started anew since: what a dead process wrote the system still has,
/// what a dead system had not written to its disk nobody has. Holds no secrets.
/// </summary>
public sealed class PartState
{
    private const string Format = "protocolclients.part-state/1";
    private const int MaxBytes = 64 * 1024;

    private readonly string _path;

    /// <summary>The state of a part.</summary>
    /// <param name="partPath"><see cref="PartFile.PartPath"/>; its lock is held by whoever uses the state.</param>
    public PartState(string partPath)
    {
        ArgumentException.ThrowIfNullOrEmpty(partPath);
        _path = partPath + ".state";
    }

    /// <summary>Whether a part has a state of this kind: one without is another program's, and stays as it is.</summary>
    /// <param name="partPath">The part's name.</param>
    public static bool IsThere(string partPath)
    {
        ArgumentException.ThrowIfNullOrEmpty(partPath);
        try
        {
            return new FileInfo(partPath + ".state") is { Exists: true, LinkTarget: null, Length: <= MaxBytes } info && File.ReadLines(info.FullName).FirstOrDefault() == Format;
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    /// <summary>What an earlier run left of this source.</summary>
    /// <param name="source">Where the content comes from, without userinfo.</param>
    /// <returns>What names the content there (a size and a time, a validator); null when nothing can be gone on with.</returns>
    public string? Load(string source)
    {
        try
        {
            if (new FileInfo(_path) is not { Exists: true, LinkTarget: null, Length: <= MaxBytes }) return null;
            return File.ReadAllLines(_path) is [Format, var whose, var identity, var boot] && whose == source && boot == Boot && boot.Length > 0 ? identity : null;
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>Says whose bytes the part has; to be called before the first of them is written.</summary>
    /// <param name="source">Where the content comes from, without userinfo.</param>
    /// <param name="identity">What names the content there.</param>
    /// <exception cref="ArgumentException">One of them has a line end.</exception>
    public void Save(string source, string identity)
    {
        ArgumentNullException.ThrowIfNull(source);
        ArgumentNullException.ThrowIfNull(identity);
        if (WireText.HasControls(source) || WireText.HasControls(identity)) throw new ArgumentException("A line of a state has a line end.", nameof(source));
        string fresh = _path + ".new";
        // Created anew, never opened: the name may be a link by now.
        File.Delete(fresh);
        using (SafeFileHandle file = File.OpenHandle(fresh, FileMode.CreateNew, FileAccess.Write, FileShare.None))
            RandomAccess.Write(file, Encoding.UTF8.GetBytes($"{Format}\n{source}\n{identity}\n{Boot}\n"), 0);
        File.Move(fresh, _path, overwrite: true);
    }

    /// <summary>Removes the state: the part is done, or given up.</summary>
    public void Delete()
    {
        try
        {
            File.Delete(_path);
        }
        catch (Exception left) when (left is IOException or UnauthorizedAccessException)
        {
            // A state without a part is worth nothing to a later run, and does it no harm.
        }
    }

    // Changes with each start of the machine; empty where the system does not tell.
    private static string Boot { get; } = ReadBoot();

    private static string ReadBoot()
    {
        try
        {
            return OperatingSystem.IsLinux() ? File.ReadAllText("/proc/sys/kernel/random/boot_id").Trim() : string.Empty;
        }
        catch (Exception unknown) when (unknown is IOException or UnauthorizedAccessException)
        {
            return string.Empty;
        }
    }
}
