using System.IO.Compression;

namespace ProtocolClients.Transport;

/// <summary>What UTS #46 does with a character.</summary>
internal enum NameStatus
{
    Valid,
    Mapped,
    Ignored,
    Disallowed,
}

/// <summary>How a character joins its neighbours (Joining_Type); what does not matter to RFC 5892 is <see cref="None"/>.</summary>
internal enum Joining
{
    None,
    Transparent,
    Dual,
    Left,
    Right,
}

/// <summary>A character's direction (Bidi_Class); what RFC 5893 allows in no name is <see cref="Other"/>.</summary>
internal enum Direction
{
    Other,
    L,
    R,
    AL,
    AN,
    EN,
    ES,
    CS,
    ET,
    ON,
    BN,
    NSM,
}

/// <summary>
/// What Unicode says of each character, as far as names of hosts and their normal form need it. Our own and not the platform's: that
/// one is another version on each machine, maps nothing where a program runs without culture data, and takes a quarter of the time
/// that a short command runs to be loaded.
/// </summary>
internal static class CharacterTable
{
    private static readonly Lazy<Data> Loaded = new(Read);

    public static Properties Of(int character)
    {
        Data data = Loaded.Value;
        return new Properties(data.Values[data.IndexOf(character)]);
    }

    /// <summary>What a mapped character becomes.</summary>
    public static ReadOnlySpan<int> MappingOf(int character)
    {
        Data data = Loaded.Value;
        return data.Mappings[data.IndexOf(character)];
    }

    /// <summary>The one or two parts of a character that decomposes canonically; the second is 0 where there is one.</summary>
    public static bool TryDecompose(int character, out (int First, int Second) parts) => Loaded.Value.Parts.TryGetValue(character, out parts);

    /// <summary>The character that two compose to.</summary>
    public static bool TryCompose(int first, int second, out int character) => Loaded.Value.Wholes.TryGetValue((first, second), out character);

    // build/character-table.py writes it and says how.
    private static Data Read()
    {
        using Stream packed = typeof(CharacterTable).Assembly.GetManifestResourceStream("characters.zz")
            ?? throw new InvalidOperationException("The assembly lacks its table of characters.");
        using var unpacked = new MemoryStream(60_000);
        using (var inflater = new ZLibStream(packed, CompressionMode.Decompress)) inflater.CopyTo(unpacked);
        ReadOnlySpan<byte> table = unpacked.GetBuffer().AsSpan(0, (int)unpacked.Length);
        var data = new Data(Next(ref table));
        int at = 0;
        for (int i = 0; i < data.Starts.Length; i++)
        {
            data.Starts[i] = at += Next(ref table);
            data.Values[i] = Next(ref table);
            if (new Properties(data.Values[i]).Status != NameStatus.Mapped) continue;
            int[] mapping = new int[Next(ref table)];
            foreach (ref int character in mapping.AsSpan()) character = Next(ref table);
            data.Mappings[i] = mapping;
        }

        int count = Next(ref table);
        at = 0;
        for (int i = 0; i < count; i++)
        {
            at += Next(ref table);
            var parts = (Next(ref table), Next(ref table));
            data.Parts.Add(at, parts);
            if (Next(ref table) == 1) data.Wholes.Add(parts, at);
        }

        return data;
    }

    private static int Next(ref ReadOnlySpan<byte> table)
    {
        int value = 0;
        for (int shift = 0; ; shift += 7)
        {
            byte next = table[0];
            table = table[1..];
            value |= (next & 0x7F) << shift;
            if (next < 0x80) return value;
        }
    }

    /// <summary>What is known of one character.</summary>
    internal readonly record struct Properties(int Value)
    {
        public NameStatus Status => (NameStatus)(Value & 3);

        /// <summary>Whether it is a mark, which no label begins with.</summary>
        public bool IsMark => (Value & 4) != 0;

        public Joining Joining => (Joining)((Value >> 3) & 7);

        public Direction Direction => (Direction)((Value >> 6) & 15);

        /// <summary>Canonical_Combining_Class.</summary>
        public int CombiningClass => Value >> 10;
    }

    private sealed class Data(int ranges)
    {
        public int[] Starts { get; } = new int[ranges];

        public int[] Values { get; } = new int[ranges];

        public int[]?[] Mappings { get; } = new int[ranges][];

        public Dictionary<int, (int First, int Second)> Parts { get; } = [];

        public Dictionary<(int First, int Second), int> Wholes { get; } = [];

        public int IndexOf(int character)
        {
            int index = Array.BinarySearch(Starts, character);
            return index >= 0 ? index : ~index - 1;
        }
    }
}
