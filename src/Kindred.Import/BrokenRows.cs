using System.Text;

namespace Kindred.Import;

/// <summary>Rows that cannot be taken apart: the first ones, and how many of each kind.</summary>
internal sealed class BrokenRows
{
    /// <summary>How many rejected rows a report shows.</summary>
    public const int Shown = 5;

    private const int TextBytes = 200;

    private readonly List<RejectedRow> _first = [];
    private readonly Dictionary<string, long> _counts = [];

    public IReadOnlyList<RejectedRow> First => _first;

    public IReadOnlyDictionary<string, long> Counts => _counts;

    public long Count => _counts.Values.Sum();

    public void Add(string file, long line, string reason, ReadOnlySpan<byte> text)
    {
        _counts[reason] = _counts.GetValueOrDefault(reason) + 1;
        if (_first.Count == Shown) return;
        _first.Add(new(file, line, reason, Shorten(Encoding.UTF8.GetString(text[..Math.Min(TextBytes, text.Length)]))));
    }

    /// <returns>The text on one line, at most 120 characters long.</returns>
    public static string Shorten(string text)
    {
        const int Longest = 120;
        string line = string.Concat(text.Select(c => char.IsControl(c) ? ' ' : c)).Trim();
        return line.Length <= Longest ? line : $"{line[..Longest]}…";
    }
}
