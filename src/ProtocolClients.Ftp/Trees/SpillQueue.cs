using System.Text;

namespace ProtocolClients;

/// <summary>
/// What waits to be done, first in, first out, in flat memory however long it gets: beyond two blocks it waits in a temporary file. So a listing
/// is read as fast as the server sends it, and no server waits for files to be moved before it can send the rest. Not for several
/// threads at once: its owner has a lock.
/// </summary>
internal abstract class SpillQueue<T>(int blockSize) : IDisposable
{
    private readonly Queue<Block> _blocks = new();
    private Queue<T> _head = new();
    private Queue<T> _tail = new();
    private FileStream? _file;
    private byte[] _bytes = new byte[256];

    public int Count { get; private set; }

    /// <summary>How many blocks wait in the file, for tests.</summary>
    public int Spilled => _blocks.Count;

    public void Push(in T item)
    {
        Count++;
        if (_blocks.Count == 0 && _tail.Count == 0 && _head.Count < blockSize)
        {
            _head.Enqueue(item);
            return;
        }

        _tail.Enqueue(item);
        if (_tail.Count == blockSize) Spill();
    }

    public bool TryPop(out T item)
    {
        if (_head.Count == 0)
        {
            if (_blocks.Count > 0) Load();
            else (_head, _tail) = (_tail, _head);
        }

        if (!_head.TryDequeue(out item!)) return false;
        Count--;
        return true;
    }

    public void Dispose() => _file?.Dispose();

    /// <summary>Takes a block out of a queue and writes it.</summary>
    /// <returns>What of the block stays in memory.</returns>
    protected abstract object? Save(Queue<T> items, BinaryWriter writer);

    /// <summary>Reads a block into a queue.</summary>
    protected abstract void Load(int count, object? kept, BinaryReader reader, Queue<T> items);

    protected static void Write(BinaryWriter writer, FtpPath path)
    {
        writer.Write(path.IsExact);
        if (!path.IsExact)
        {
            writer.Write(path.ToString());
            return;
        }

        ReadOnlySpan<byte> bytes = path.Encode(Encoding.UTF8);
        writer.Write7BitEncodedInt(bytes.Length);
        writer.Write(bytes);
    }

    protected FtpPath ReadPath(BinaryReader reader)
    {
        if (!reader.ReadBoolean()) return FtpPath.FromString(reader.ReadString());
        int length = reader.Read7BitEncodedInt();
        if (_bytes.Length < length) _bytes = new byte[length];
        reader.BaseStream.ReadExactly(_bytes, 0, length);
        return FtpPath.FromBytes(_bytes.AsSpan(0, length));
    }

    private void Spill()
    {
        _file ??= Open();
        long start = _file.Length;
        _file.Position = start;
        using var writer = new BinaryWriter(_file, Encoding.UTF8, leaveOpen: true);
        int count = _tail.Count;
        object? kept = Save(_tail, writer);
        writer.Flush();
        _blocks.Enqueue(new Block(start, count, kept));
    }

    private static FileStream Open()
    {
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.ReadWrite, Options = FileOptions.DeleteOnClose };
        if (!OperatingSystem.IsWindows()) options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        string path = Path.Combine(Path.GetTempPath(), $"ftp-{Guid.NewGuid():N}.queue");
        var file = new FileStream(path, options);
        // Where an open file needs no name, a process that is killed leaves none.
        if (!OperatingSystem.IsWindows()) File.Delete(path);
        return file;
    }

    private void Load()
    {
        Block block = _blocks.Dequeue();
        _file!.Position = block.Start;
        using (var reader = new BinaryReader(_file, Encoding.UTF8, leaveOpen: true)) Load(block.Count, block.Kept, reader, _head);
        if (_blocks.Count == 0) _file.SetLength(0);
    }

    private sealed record Block(long Start, int Count, object? Kept);
}
