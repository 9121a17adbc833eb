using System.Runtime.InteropServices;
using System.Text;

namespace ProtocolClients.Transport;

/// <summary>
/// Internationalized names in the form that the wire has, by UTS #46: mapped, in normal form, and each label checked, those included
/// that come as A-labels. Not transitional (<c>ß</c> is a letter), joiners (RFC 5892) and directions (RFC 5893) checked; hyphens,
/// lengths and what STD3 allows in a host are for the caller, since browsers ask less than others.
/// </summary>
internal static class Idna
{
    private const string Prefix = "xn--";
    private const int ZeroWidthNonJoiner = 0x200C;
    private const int ZeroWidthJoiner = 0x200D;
    private const int Virama = 9;

    // Some characters map to nothing, so that a name may be longer than its A-labels; not by so much.
    private const int LongestName = 4096;

    // A name has 253 at the most, and writing a label in ASCII takes the square of its length: a page of links has thousands of names.
    private const int LongestLabel = 255;

    /// <summary>The A-labels of a name (UTS #46 §4.2).</summary>
    /// <param name="name">The name.</param>
    /// <returns>The name in ASCII, in lower case; null when it is not valid.</returns>
    public static string? ToAscii(string name)
    {
        // Nearly all names; they load no table.
        if (Ascii.IsValid(name) && !name.Contains(Prefix, StringComparison.OrdinalIgnoreCase)) return name.ToLowerInvariant();
        if (name.Length > LongestName) return null;
        var mapped = new List<int>(name.Length);
        foreach (int character in NormalForm.CharactersOf(name))
        {
            switch (CharacterTable.Of(character).Status)
            {
                case NameStatus.Valid: mapped.Add(character); break;
                case NameStatus.Mapped: mapped.AddRange(CharacterTable.MappingOf(character)); break;
                case NameStatus.Ignored: break;
                default: return null;
            }
        }

        NormalForm.Compose(mapped);
        ReadOnlySpan<int> whole = CollectionsMarshal.AsSpan(mapped);
        var labels = new List<(string? Ascii, List<int> Characters)>();
        foreach (Range range in whole.Split('.'))
        {
            if (Read(whole[range]) is not { } label) return null;
            labels.Add(label);
        }

        if (labels.Exists(static label => IsRightToLeft(label.Characters)) && !labels.TrueForAll(static label => HasOneDirection(label.Characters))) return null;
        return string.Join('.', labels.Select(static label => label.Ascii ?? Prefix + Punycode.Encode(CollectionsMarshal.AsSpan(label.Characters))));
    }

    /// <summary>One label, as it is looked at and, where it is in ASCII already, as it is sent; null when it is not valid.</summary>
    private static (string? Ascii, List<int> Characters)? Read(ReadOnlySpan<int> label)
    {
        string? ascii = label.IndexOfAnyExceptInRange(0, 0x7F) < 0 ? TextOf(label) : null;
        if (ascii is null && label.Length > LongestLabel) return null;
        List<int> characters = [.. label];
        if (label.StartsWith([.. Prefix]))
        {
            characters.Clear();
            // An A-label says what ASCII cannot; one that could is another name for the same host.
            if (ascii is null || !Punycode.TryDecode(ascii.AsSpan(Prefix.Length), characters) || characters.TrueForAll(static character => character < 0x80)) return null;
            if (!IsNormal(characters)) return null;
        }

        return IsValid(characters) ? (ascii, characters) : null;
    }

    private static string TextOf(ReadOnlySpan<int> label)
    {
        Span<char> text = new char[label.Length];
        for (int i = 0; i < text.Length; i++) text[i] = (char)label[i];
        return new string(text);
    }

    private static bool IsNormal(List<int> label)
    {
        List<int> normal = [.. label];
        NormalForm.Compose(normal);
        return normal.SequenceEqual(label);
    }

    // UTS #46 §4.1.
    private static bool IsValid(List<int> label)
    {
        if (label.Count == 0) return true;
        // What an A-label says may not look like one.
        if (CharacterTable.Of(label[0]).IsMark || CollectionsMarshal.AsSpan(label).StartsWith([.. Prefix])) return false;
        for (int i = 0; i < label.Count; i++)
        {
            // A decoded label may have what the name could not: a dot, or what would have been mapped.
            if (label[i] == '.' || CharacterTable.Of(label[i]).Status != NameStatus.Valid) return false;
            if (label[i] is ZeroWidthNonJoiner or ZeroWidthJoiner && !MayJoin(label, i)) return false;
        }

        return true;
    }

    // RFC 5892 appendices A.1 and A.2: a joiner stands behind a virama, and one that parts two letters where they would else be joined.
    private static bool MayJoin(List<int> label, int at)
    {
        if (at > 0 && CharacterTable.Of(label[at - 1]).CombiningClass == Virama) return true;
        if (label[at] == ZeroWidthJoiner) return false;
        int before = at - 1;
        while (before >= 0 && CharacterTable.Of(label[before]).Joining == Joining.Transparent) before--;
        int behind = at + 1;
        while (behind < label.Count && CharacterTable.Of(label[behind]).Joining == Joining.Transparent) behind++;
        return before >= 0 && CharacterTable.Of(label[before]).Joining is Joining.Left or Joining.Dual
            && behind < label.Count && CharacterTable.Of(label[behind]).Joining is Joining.Right or Joining.Dual;
    }

    private static bool IsRightToLeft(List<int> label) => label.Exists(static character => CharacterTable.Of(character).Direction is Direction.R or Direction.AL or Direction.AN);

    // RFC 5893 §2.
    private static bool HasOneDirection(List<int> label)
    {
        if (label.Count == 0) return true;
        Direction first = CharacterTable.Of(label[0]).Direction;
        if (first is not (Direction.L or Direction.R or Direction.AL)) return false;
        bool isLeftToRight = first == Direction.L;
        Direction last = first;
        bool hasEuropean = false;
        bool hasArabic = false;
        foreach (int character in label)
        {
            Direction direction = CharacterTable.Of(character).Direction;
            if (direction == Direction.Other || (direction is Direction.R or Direction.AL or Direction.AN && isLeftToRight) || (direction == Direction.L && !isLeftToRight)) return false;
            hasEuropean |= direction == Direction.EN;
            hasArabic |= direction == Direction.AN;
            if (direction != Direction.NSM) last = direction;
        }

        if (isLeftToRight) return last is Direction.L or Direction.EN;
        return !(hasEuropean && hasArabic) && last is Direction.R or Direction.AL or Direction.EN or Direction.AN;
    }
}
