using System.Text;
using Kindred.Storage;

namespace Kindred.Data;

/// <summary>Strings in two arrays, so that a million of them open in no time: UTF-8, one after another, and where each begins.</summary>
/// <param name="starts">[count + 1]</param>
/// <param name="bytes">[starts[count]]</param>
public sealed class StringTable(ReadOnlyMemory<int> starts, ReadOnlyMemory<byte> bytes)
{
    private ReadOnlyMemory<int> Starts => starts;

    private ReadOnlyMemory<byte> Bytes => bytes;

    public int Count => starts.Length - 1;

    public string this[int position] => Encoding.UTF8.GetString(Utf8(position));

    public ReadOnlySpan<byte> Utf8(int position)
    {
        var bounds = starts.Span;
        return bytes.Span[bounds[position]..bounds[position + 1]];
    }

    /// <exception cref="InputException">More than 2 GiB of text.</exception>
    public static StringTable From(IReadOnlyCollection<string> strings)
    {
        ArgumentNullException.ThrowIfNull(strings);
        var starts = new int[strings.Count + 1];
        long total = 0;
        int n = 0;
        foreach (string text in strings)
        {
            total += Encoding.UTF8.GetByteCount(text);
            if (total > int.MaxValue)
                throw new InputException($"The {strings.Count} strings together are longer than 2 GiB; use shorter ids.");
            starts[++n] = (int)total;
        }
        var bytes = new byte[total];
        n = 0;
        foreach (string text in strings) Encoding.UTF8.GetBytes(text, bytes.AsSpan(starts[n++]));
        return new(starts, bytes);
    }

    /// <returns>True if both hold the same strings in the same order.</returns>
    public bool HasSameStrings(StringTable other) =>
        ReferenceEquals(this, other) || (Starts.Span.SequenceEqual(other.Starts.Span) && Bytes.Span.SequenceEqual(other.Bytes.Span));

    /// <returns>True if the other one's strings are the first ones here, in the same order.</returns>
    public bool BeginsWith(StringTable other) =>
        Starts.Span.StartsWith(other.Starts.Span) && Bytes.Span.StartsWith(other.Bytes.Span[..other.Starts.Span[^1]]);

    /// <returns>These strings, and more behind them.</returns>
    internal StringTable Append(IReadOnlyCollection<string> strings)
    {
        var more = From(strings);
        int end = starts.Span[^1];
        return new(
            (int[])[.. starts.Span, .. Array.ConvertAll(more.Starts.Span[1..].ToArray(), start => checked(end + start))],
            (byte[])[.. bytes.Span[..end], .. more.Bytes.Span]);
    }

    internal void Save(TensorWriter writer, string name)
    {
        writer.Add($"{name}.starts", starts);
        writer.Add($"{name}.bytes", bytes);
    }

    internal static StringTable Load(TensorFile file, string name) =>
        new(file.Array<int>($"{name}.starts"), file.Array<byte>($"{name}.bytes"));
}
