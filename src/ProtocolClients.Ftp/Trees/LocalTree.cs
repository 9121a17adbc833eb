using System.IO.Enumeration;
using ProtocolClients.Transport;

namespace ProtocolClients;

/// <summary>
/// A directory here that a server's names are written below: each becomes one segment or is refused, and no link on the way is followed
/// (CVE-2026-27699, CVE-2014-4877). What the caller named himself, the top, may be a link.
/// </summary>
internal sealed class LocalTree
{
    private readonly string _prefix;

    public LocalTree(string root)
    {
        ArgumentException.ThrowIfNullOrEmpty(root);
        Root = Path.TrimEndingDirectorySeparator(Path.GetFullPath(root));
        _prefix = Path.EndsInDirectorySeparator(Root) ? Root : Root + Path.DirectorySeparatorChar;
    }

    public string Root { get; }

    /// <summary>The path of a name of the server's in a directory of this tree.</summary>
    /// <exception cref="IOException">The name is not safe, or leads out of the tree.</exception>
    public string Below(string folder, FtpPath name)
    {
        if (name.IsExact) throw new IOException($"The server's name '{name}' is no text in the encoding of the connection.");
        string text = name.ToString();
        if (!SafeFileName.IsSafe(text)) throw Refused(text);
        return Inside(Path.Combine(folder, text));
    }

    /// <summary>The path itself.</summary>
    /// <exception cref="IOException">It leads out of the tree.</exception>
    public string Inside(string path)
    {
        string full = Path.GetFullPath(path);
        return full.StartsWith(_prefix, StringComparison.Ordinal) ? full : throw new IOException($"'{path}' lies outside of '{Root}'.");
    }

    /// <summary>Makes a directory of this tree, and those above it that are missing.</summary>
    /// <returns>True when it was made.</returns>
    /// <exception cref="IOException">One of them is a link or a file.</exception>
    public bool Ensure(string folder)
    {
        if (folder.Length <= Root.Length)
        {
            if (Directory.Exists(Root)) return false;
            Directory.CreateDirectory(Root);
            return true;
        }

        if (IsDirectory(folder))
        {
            // What is above it was not looked at by that.
            Check(Path.GetDirectoryName(folder)!);
            return false;
        }

        Ensure(Path.GetDirectoryName(folder)!);
        Directory.CreateDirectory(folder);
        // Somebody may have been faster, with a link.
        return IsDirectory(folder) ? true : throw new IOException($"'{folder}' is gone.");
    }

    /// <summary>Looks at the directories from here up to the top, just before something is written in the first.</summary>
    /// <exception cref="IOException">One of them is a link or a file, or gone.</exception>
    public void Check(string folder)
    {
        for (string? at = folder; at is not null && at.Length > Root.Length; at = Path.GetDirectoryName(at))
        {
            if (!IsDirectory(at)) throw new DirectoryNotFoundException($"'{at}' is gone.");
        }
    }

    /// <summary>As <see cref="Check(string)"/>, with paths that are there already.</summary>
    public void Check(TreeFolder folder)
    {
        for (TreeFolder? at = folder; at is not null && at.Local.Length > Root.Length; at = at.Parent)
        {
            if (!IsDirectory(at.Local)) throw new DirectoryNotFoundException($"'{at.Local}' is gone.");
        }
    }

    /// <summary>What is in a directory; links are named, not followed.</summary>
    public static IEnumerable<LocalEntry> Entries(string folder) => new FileSystemEnumerable<LocalEntry>(
        folder,
        static (ref FileSystemEntry entry) => LocalEntry.Of(ref entry),
        new EnumerationOptions { AttributesToSkip = FileAttributes.None, IgnoreInaccessible = false, RecurseSubdirectories = false, ReturnSpecialDirectories = false });

    private static bool IsDirectory(string path)
    {
        FileAttributes attributes;
        try
        {
            attributes = File.GetAttributes(path);
        }
        catch (Exception missing) when (missing is FileNotFoundException or DirectoryNotFoundException)
        {
            return false;
        }

        if (attributes.HasFlag(FileAttributes.ReparsePoint)) throw new IOException($"'{path}' is a link: nothing is written through it.");
        return attributes.HasFlag(FileAttributes.Directory) ? true : throw new IOException($"'{path}' is a file, where a directory is needed.");
    }

    private static IOException Refused(string name)
    {
        try
        {
            SafeFileName.Require(name);
        }
        catch (ArgumentException cause)
        {
            return new IOException($"'{name}' is refused as a name here: {cause.Message}", cause);
        }

        return new IOException($"'{name}' is refused as a name here.");
    }
}

/// <summary>One entry of a directory here.</summary>
internal readonly record struct LocalEntry(string Name, FtpEntryKind Kind, long Size, DateTimeOffset Modified)
{
    public static LocalEntry Of(ref FileSystemEntry entry)
    {
        FtpEntryKind kind = entry.Attributes.HasFlag(FileAttributes.ReparsePoint) ? FtpEntryKind.Link
            : entry.IsDirectory ? FtpEntryKind.Directory
            : FtpEntryKind.File;
        return new LocalEntry(entry.FileName.ToString(), kind, kind == FtpEntryKind.File ? entry.Length : -1, entry.LastWriteTimeUtc);
    }

    /// <summary>What stands under a path, without following a link; null for nothing.</summary>
    public static LocalEntry? Find(string path)
    {
        var info = new FileInfo(path);
        FileAttributes attributes = info.Attributes;
        if ((int)attributes == -1) return null;
        FtpEntryKind kind = attributes.HasFlag(FileAttributes.ReparsePoint) ? FtpEntryKind.Link
            : attributes.HasFlag(FileAttributes.Directory) ? FtpEntryKind.Directory
            : FtpEntryKind.File;
        return new LocalEntry(info.Name, kind, kind == FtpEntryKind.File ? info.Length : -1, new DateTimeOffset(info.LastWriteTimeUtc, TimeSpan.Zero));
    }
}
