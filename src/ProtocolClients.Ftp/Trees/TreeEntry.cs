using System.Text;

namespace ProtocolClients;

/// <summary>Something to do: a directory to open, or a file to move.</summary>
/// <param name="Folder">Where it lies; null for the top.</param>
/// <param name="Name">Its name there, exactly.</param>
/// <param name="Kind">What it is.</param>
internal readonly record struct TreeEntry(TreeFolder? Folder, FtpPath Name, FtpEntryKind Kind)
{
    /// <summary>In bytes; -1 when it is not known.</summary>
    public long Size { get; init; } = -1;

    /// <summary>When it was changed, in ticks of UTC; -1 when it is not known.</summary>
    public long Modified { get; init; } = -1;

    public FtpTimePrecision Precision { get; init; }

    /// <summary>A note of whoever put it into the queue.</summary>
    public byte Mark { get; init; }

    public string Path => Folder is null ? Name.ToString() : Folder.PathOf(Name.ToString());

    public long? SizeOrNull => Size < 0 ? null : Size;

    public DateTimeOffset? ModifiedOrNull => Modified < 0 ? null : new DateTimeOffset(Modified, TimeSpan.Zero);

    public static TreeEntry Of(TreeFolder folder, FtpEntry entry, FtpPath name) => new(folder, name, entry.Kind)
    {
        Size = entry.Size ?? -1,
        Modified = entry.Modified?.UtcTicks ?? -1,
        Precision = entry.ModifiedPrecision,
    };
}

/// <summary>A directory of a tree that is being worked on.</summary>
internal sealed class TreeFolder(TreeFolder? parent, string path, FtpPath remote, string local)
{
    private int _pending = 1;

    public TreeFolder? Parent => parent;

    /// <summary>From the top of the tree, with slashes; empty for the top.</summary>
    public string Path => path;

    public FtpPath Remote => remote;

    public string Local => local;

    /// <summary>1 for the top.</summary>
    public int Depth { get; } = parent is null ? 1 : parent.Depth + 1;

    /// <summary>A note of whoever opened it.</summary>
    public byte Mark { get; init; }

    /// <summary>Whether something in it is still there, so that it cannot go.</summary>
    public bool IsKept { get; set; }

    /// <summary>Whether it is known to be where things go: made by this run, or seen.</summary>
    public bool IsHere { get; set; }

    /// <summary>Whether it was deleted by this run.</summary>
    public bool IsGone { get; set; }

    /// <summary>Whether it was made by this run.</summary>
    public bool IsNew { get; set; }

    public string PathOf(string name) => path.Length == 0 ? name : path + "/" + name;

    public FtpPath RemoteOf(FtpPath name, Encoding encoding) => remote.Combine(name, encoding);

    /// <summary>Something in it is begun.</summary>
    public void Hold() => Interlocked.Increment(ref _pending);

    /// <summary>Something in it is done, or its listing is.</summary>
    /// <returns>True for the last one.</returns>
    public bool Release() => Interlocked.Decrement(ref _pending) == 0;
}
