using System.Globalization;

namespace ProtocolClients;

/// <summary>
/// The folder of this process's temporary files. A lock that the system drops when the process ends, however it ends, says
/// whether a folder is in use: what dead processes left is removed when the next one makes its own.
/// </summary>
internal sealed class TemporaryFolder
{
    private const string FolderPrefix = "protocolclients-";
    private const string LockName = ".lock";
    private const string FileSuffix = ".retrieved";

    private const int Attempts = 5;

    // A folder without a lock that is older than this belongs to nobody: its process died while it made or removed it.
    private static readonly TimeSpan BeforeLock = TimeSpan.FromHours(1);

    private static readonly Lock Gate = new();
    private static TemporaryFolder? _current;

    private readonly string _path;
    private readonly FileStream _lock;

    private TemporaryFolder(string path, FileStream held)
    {
        _path = path;
        _lock = held;
    }

    /// <summary>This process's folder; made, and those of dead processes removed, when first asked for.</summary>
    public static TemporaryFolder Current
    {
        get
        {
            lock (Gate)
            {
                if (_current is not null) return _current;
                string root = Path.GetTempPath();
                Sweep(root);
                _current = Create(root);
                AppDomain.CurrentDomain.ProcessExit += static (_, _) => _current?.Remove();
                return _current;
            }
        }
    }

    /// <summary>A name for a new file; nothing is created.</summary>
    public string NewName() => Path.Combine(_path, Guid.NewGuid().ToString("N") + FileSuffix);

    /// <summary>A folder below a root, locked; only its owner can look into it.</summary>
    /// <param name="root">Where it lies.</param>
    /// <param name="step">Called with the folder before it is locked, and after: what another process may do in between.</param>
    internal static TemporaryFolder Create(string root, Action<string>? step = null)
    {
        for (int attempt = 1; ; attempt++)
        {
            string path = Path.Combine(root, string.Create(CultureInfo.InvariantCulture, $"{FolderPrefix}{Environment.ProcessId}-{Guid.NewGuid():N}"));
            if (OperatingSystem.IsWindows()) Directory.CreateDirectory(path);
            else Directory.CreateDirectory(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
            IOException? failure = null;
            try
            {
                step?.Invoke(path);
                string name = Path.Combine(path, LockName);
                var held = new FileStream(name, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.None);
                step?.Invoke(path);
                // Whoever sweeps takes the lock first. Between the making of our file and its lock that may have been another process,
                // which took the folder for a dead one's; the lock that we hold then is one of a file that is gone.
                if (File.Exists(name)) return new TemporaryFolder(path, held);
                held.Dispose();
            }
            catch (IOException cause)
            {
                // Swept under our hands, or in the hands of who sweeps: what is left of it goes with the next sweep.
                failure = cause;
            }

            if (attempt == Attempts) throw new IOException($"No folder for temporary files could be made and locked in '{root}'.", failure);
        }
    }

    /// <summary>Removes the folders below a root whose process is gone.</summary>
    internal static void Sweep(string root)
    {
        try
        {
            foreach (string folder in Directory.EnumerateDirectories(root, FolderPrefix + "*"))
            {
                // Somebody else's link may lead anywhere.
                if (new DirectoryInfo(folder).LinkTarget is not null) continue;
                try
                {
                    SweepOne(folder);
                }
                catch (Exception inUse) when (inUse is IOException or UnauthorizedAccessException)
                {
                    // Its process lives, or it is another user's, or it is not one of ours.
                }
            }
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException)
        {
            // A folder for temporary files that cannot be listed can still be written to.
        }
    }

    private static void SweepOne(string folder)
    {
        string name = Path.Combine(folder, LockName);
        if (File.Exists(name))
        {
            using FileStream held = new(name, FileMode.Open, FileAccess.ReadWrite, FileShare.None);
            RemoveFiles(folder);
            File.Delete(name);
        }
        else if (TimeProvider.System.GetUtcNow() - new DateTimeOffset(Directory.GetLastWriteTimeUtc(folder)) < BeforeLock)
        {
            // Its process may be about to lock it.
            return;
        }

        Directory.Delete(folder);
    }

    /// <summary>Removes the folder and its files.</summary>
    internal void Remove()
    {
        try
        {
            RemoveFiles(_path);
            _lock.Dispose();
            File.Delete(Path.Combine(_path, LockName));
            Directory.Delete(_path);
        }
        catch (Exception left) when (left is IOException or UnauthorizedAccessException)
        {
            // The next process sweeps.
        }
    }

    /// <summary>Only what has our form of a name, never what lies deeper: nobody's other files.</summary>
    private static void RemoveFiles(string folder)
    {
        foreach (string file in Directory.EnumerateFiles(folder, "*" + FileSuffix)) File.Delete(file);
        foreach (string file in Directory.EnumerateFiles(folder, ".*.part")) File.Delete(file);
    }
}
