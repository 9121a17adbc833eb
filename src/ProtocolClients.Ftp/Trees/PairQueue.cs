namespace ProtocolClients;

/// <summary>Files that wait to be moved, each with its place here.</summary>
internal sealed class PairQueue(int blockSize = 4096) : SpillQueue<FtpFilePair>(blockSize)
{
    protected override object? Save(Queue<FtpFilePair> items, BinaryWriter writer)
    {
        while (items.TryDequeue(out FtpFilePair pair))
        {
            Write(writer, pair.Remote);
            writer.Write(pair.Local);
            writer.Write(pair.Size is not null);
            writer.Write(pair.Size ?? 0);
            writer.Write(pair.Modified is not null);
            writer.Write(pair.Modified?.UtcTicks ?? 0);
            writer.Write((byte)pair.Precision);
        }

        return null;
    }

    protected override void Load(int count, object? kept, BinaryReader reader, Queue<FtpFilePair> items)
    {
        for (int i = 0; i < count; i++)
        {
            FtpPath remote = ReadPath(reader);
            string local = reader.ReadString();
            bool hasSize = reader.ReadBoolean();
            long size = reader.ReadInt64();
            bool hasTime = reader.ReadBoolean();
            long time = reader.ReadInt64();
            items.Enqueue(new FtpFilePair(remote, local)
            {
                Size = hasSize ? size : null,
                Modified = hasTime ? new DateTimeOffset(time, TimeSpan.Zero) : null,
                Precision = (FtpTimePrecision)reader.ReadByte(),
            });
        }
    }
}
