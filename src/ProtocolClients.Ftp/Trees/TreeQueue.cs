using System.Text;

namespace ProtocolClients;

/// <summary>
/// What waits to be done, first in, first out, in flat memory however long it gets: beyond two blocks it waits in a temporary file. So a listing
/// is read as fast as the server sends it, and no server waits for files to be moved before it can send the rest. Not for several
/// threads at once: its owner has a lock.
/// </summary>
internal sealed class TreeQueue(int blockSize = 4096) : IDisposable
{
    private readonly Queue<Block> _blocks = new();
    private Queue<TreeEntry> _head = new();
    private Queue<TreeEntry> _tail = new();
    private FileStream? _file;
    private byte[] _name = new byte[256];

    public int Count { get; private set; }

    /// <summary>How many blocks wait in the file, for tests.</summary>
    public int Spilled => _blocks.Count;

    public void Push(in TreeEntry entry)
    {
        Count++;
        if (_blocks.Count == 0 && _tail.Count == 0 && _head.Count < blockSize)
        {
            _head.Enqueue(entry);
            return;
        }

        _tail.Enqueue(entry);
        if (_tail.Count == blockSize) Spill();
    }

    public bool TryPop(out TreeEntry entry)
    {
        if (_head.Count == 0)
        {
            if (_blocks.Count > 0) Load();
            else (_head, _tail) = (_tail, _head);
        }

        if (!_head.TryDequeue(out entry)) return false;
        Count--;
        return true;
    }

    public void Dispose() => _file?.Dispose();

    private void Spill()
    {
        _file ??= Open();
        var folders = new List<TreeFolder>();
        long start = _file.Length;
        _file.Position = start;
        using var writer = new BinaryWriter(_file, Encoding.UTF8, leaveOpen: true);
        int count = _tail.Count;
        while (_tail.TryDequeue(out TreeEntry entry))
        {
            // Entries of one folder come in a row.
            if (folders.Count == 0 || !ReferenceEquals(folders[^1], entry.Folder)) folders.Add(entry.Folder!);
            writer.Write7BitEncodedInt(folders.Count - 1);
            writer.Write(entry.Name.IsExact);
            if (entry.Name.IsExact)
            {
                ReadOnlySpan<byte> bytes = entry.Name.Encode(Encoding.UTF8);
                writer.Write7BitEncodedInt(bytes.Length);
                writer.Write(bytes);
            }
            else
            {
                writer.Write(entry.Name.ToString());
            }

            writer.Write((byte)entry.Kind);
            writer.Write(entry.Size);
            writer.Write(entry.Modified);
            writer.Write((byte)entry.Precision);
            writer.Write(entry.Mark);
        }

        writer.Flush();
        _blocks.Enqueue(new Block(start, count, [.. folders]));
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
        using (var reader = new BinaryReader(_file, Encoding.UTF8, leaveOpen: true))
        {
            for (int i = 0; i < block.Count; i++)
            {
                TreeFolder folder = block.Folders[reader.Read7BitEncodedInt()];
                FtpPath name = reader.ReadBoolean() ? FtpPath.FromBytes(Bytes(reader)) : FtpPath.FromString(reader.ReadString());
                _head.Enqueue(new TreeEntry(folder, name, (FtpEntryKind)reader.ReadByte())
                {
                    Size = reader.ReadInt64(),
                    Modified = reader.ReadInt64(),
                    Precision = (FtpTimePrecision)reader.ReadByte(),
                    Mark = reader.ReadByte(),
                });
            }
        }

        if (_blocks.Count == 0) _file.SetLength(0);
    }

    private ReadOnlySpan<byte> Bytes(BinaryReader reader)
    {
        int length = reader.Read7BitEncodedInt();
        if (_name.Length < length) _name = new byte[length];
        reader.BaseStream.ReadExactly(_name, 0, length);
        return _name.AsSpan(0, length);
    }

    private sealed record Block(long Start, int Count, TreeFolder[] Folders);
}
