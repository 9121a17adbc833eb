namespace ProtocolClients;

/// <summary>What waits to be done of a tree. The folders of a block stay in memory: they are few, and counted on.</summary>
internal sealed class TreeQueue(int blockSize = 4096) : SpillQueue<TreeEntry>(blockSize)
{
    protected override object? Save(Queue<TreeEntry> items, BinaryWriter writer)
    {
        var folders = new List<TreeFolder>();
        while (items.TryDequeue(out TreeEntry entry))
        {
            // Entries of one folder come in a row.
            if (folders.Count == 0 || !ReferenceEquals(folders[^1], entry.Folder)) folders.Add(entry.Folder!);
            writer.Write7BitEncodedInt(folders.Count - 1);
            Write(writer, entry.Name);
            writer.Write((byte)entry.Kind);
            writer.Write(entry.Size);
            writer.Write(entry.Modified);
            writer.Write((byte)entry.Precision);
            writer.Write(entry.Mark);
        }

        return folders.ToArray();
    }

    protected override void Load(int count, object? kept, BinaryReader reader, Queue<TreeEntry> items)
    {
        var folders = (TreeFolder[])kept!;
        for (int i = 0; i < count; i++)
        {
            TreeFolder folder = folders[reader.Read7BitEncodedInt()];
            FtpPath name = ReadPath(reader);
            items.Enqueue(new TreeEntry(folder, name, (FtpEntryKind)reader.ReadByte())
            {
                Size = reader.ReadInt64(),
                Modified = reader.ReadInt64(),
                Precision = (FtpTimePrecision)reader.ReadByte(),
                Mark = reader.ReadByte(),
            });
        }
    }
}
