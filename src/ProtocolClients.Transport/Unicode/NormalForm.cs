using System.Text;

namespace ProtocolClients.Transport;

/// <summary>Unicode's normal form C (UAX #15, Unicode 17.0): texts that say the same are the same, on every machine and with no culture data on it.</summary>
public static class NormalForm
{
    // Unicode §3.12: the syllables of Hangul are computed, not listed.
    private const int Syllables = 0xAC00;
    private const int Leads = 0x1100;
    private const int Vowels = 0x1161;
    private const int Trails = 0x11A7;
    private const int LeadCount = 19;
    private const int VowelCount = 21;
    private const int TrailCount = 28;
    private const int SyllableCount = LeadCount * VowelCount * TrailCount;

    /// <summary>A text in form C.</summary>
    /// <param name="text">Any text; halves of surrogate pairs in it stay as they are.</param>
    /// <returns>The text in form C.</returns>
    public static string Of(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        if (Ascii.IsValid(text)) return text;
        List<int> normal = [.. CharactersOf(text)];
        Compose(normal);
        return TextOf(normal);
    }

    /// <summary>Brings characters to form C.</summary>
    internal static void Compose(List<int> text)
    {
        var parts = new List<int>(text.Count);
        foreach (int character in text) Decompose(character, parts);
        Order(parts);
        text.Clear();
        int starter = -1;
        int before = 0;
        foreach (int character in parts)
        {
            int kind = CharacterTable.Of(character).CombiningClass;
            // What stands between a starter and a mark of the same class or a higher one keeps the two apart.
            if (starter >= 0 && (text.Count == starter + 1 || before < kind) && TryCompose(text[starter], character, out int whole))
            {
                text[starter] = whole;
                continue;
            }

            if (kind == 0) starter = text.Count;
            before = kind;
            text.Add(character);
        }
    }

    /// <summary>The characters of a text; half a surrogate pair counts as one.</summary>
    internal static IEnumerable<int> CharactersOf(string text)
    {
        for (int i = 0; i < text.Length; i++)
        {
            bool isPair = char.IsHighSurrogate(text[i]) && i + 1 < text.Length && char.IsLowSurrogate(text[i + 1]);
            yield return isPair ? char.ConvertToUtf32(text[i], text[++i]) : text[i];
        }
    }

    private static string TextOf(List<int> characters)
    {
        var text = new StringBuilder(characters.Count);
        foreach (int character in characters)
        {
            if (character > char.MaxValue) text.Append(new Rune(character).ToString());
            else text.Append((char)character);
        }

        return text.ToString();
    }

    private static void Decompose(int character, List<int> parts)
    {
        int syllable = character - Syllables;
        if (syllable is >= 0 and < SyllableCount)
        {
            parts.Add(Leads + (syllable / (VowelCount * TrailCount)));
            parts.Add(Vowels + (syllable / TrailCount % VowelCount));
            if (syllable % TrailCount != 0) parts.Add(Trails + (syllable % TrailCount));
        }
        else if (CharacterTable.TryDecompose(character, out (int First, int Second) two))
        {
            Decompose(two.First, parts);
            if (two.Second != 0) parts.Add(two.Second);
        }
        else
        {
            parts.Add(character);
        }
    }

    // Marks behind a starter by their classes, those of one class as they stood. A text is sent by somebody: no marks, however many, take longer
    // than sorting them takes.
    private static void Order(List<int> parts)
    {
        for (int i = 0; i < parts.Count;)
        {
            if (CharacterTable.Of(parts[i]).CombiningClass == 0)
            {
                i++;
                continue;
            }

            int end = i + 1;
            while (end < parts.Count && CharacterTable.Of(parts[end]).CombiningClass != 0) end++;
            if (end - i > 1)
            {
                int[] marks = [.. parts.GetRange(i, end - i).OrderBy(static mark => CharacterTable.Of(mark).CombiningClass)];
                for (int k = 0; k < marks.Length; k++) parts[i + k] = marks[k];
            }

            i = end;
        }
    }

    private static bool TryCompose(int first, int second, out int whole)
    {
        int lead = first - Leads;
        int vowel = second - Vowels;
        whole = Syllables + (((lead * VowelCount) + vowel) * TrailCount);
        if (lead is >= 0 and < LeadCount && vowel is >= 0 and < VowelCount) return true;
        int syllable = first - Syllables;
        int trail = second - Trails;
        whole = first + trail;
        if (syllable is >= 0 and < SyllableCount && syllable % TrailCount == 0 && trail is > 0 and < TrailCount) return true;
        return CharacterTable.TryCompose(first, second, out whole);
    }
}
