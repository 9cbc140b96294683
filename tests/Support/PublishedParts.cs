using System.Globalization;
using System.IO.Compression;
using Kindred.Data;
using Kindred.Numerics;
using Kindred.Splitting;

namespace Kindred.Tests.Support;

/// <summary>Data sets that somebody else cut in files of one line an event, numbered from 1. Not in the repository.</summary>
internal static class PublishedParts
{
    /// <returns>One of the five folds of MovieLens 100k with its ratings; where the data is absent the test is skipped.</returns>
    public static Holdout MovieLens100K(int fold)
    {
        string folder = RealData.Folder("ml-100k");
        var (users, items) = (Numbered(943), Numbered(1682));
        Interactions Read(string file) => Of(users, items, Rows(Path.Combine(folder, file), '\t'));
        return Holdout.Of(Read($"u{fold}.base.gz"), Read($"u{fold}.test"), $"MovieLens 100k, u{fold}.");
    }

    /// <returns>All ratings of MovieLens 100k, without times.</returns>
    public static Interactions MovieLens100K() =>
        Of(Numbered(943), Numbered(1682), Rows(Path.Combine(RealData.Folder("ml-100k"), "u.data.gz"), '\t'));

    /// <returns>Amazon Grocery as ReChorus cut it: the last event of each user is asked for, and what was before it is known.</returns>
    public static Holdout Grocery()
    {
        string folder = RealData.Folder("grocery");
        var (users, items) = (Numbered(14_681), Numbered(8_713));
        var train = Rows(Path.Combine(folder, "train.csv.gz"), ',').ToArray();
        var dev = Rows(Path.Combine(folder, "dev.csv"), ',');
        var test = Rows(Path.Combine(folder, "test.csv"), ',');
        return Holdout.Of(
            Of(users, items, train), Of(users, items, test), "ReChorus's split of Grocery.", known: Of(users, items, [.. train, .. dev]));
    }

    private static Vocabulary Numbered(int count) =>
        new([.. Enumerable.Range(1, count).Select(n => n.ToString(CultureInfo.InvariantCulture))]);

    private static Interactions Of(Vocabulary users, Vocabulary items, IEnumerable<string[]> rows) => Interactions.From(
        users, items, SparseMatrix.FromTriplets(users.Count, items.Count,
            [.. rows.Select(row => (int.Parse(row[0]) - 1, int.Parse(row[1]) - 1, row.Length > 3 ? float.Parse(row[2]) : 1f))]));

    /// <returns>The columns of each line that begins with a number.</returns>
    private static IEnumerable<string[]> Rows(string file, char separator)
    {
        using Stream stream = File.OpenRead(file);
        using var reader = new StreamReader(file.EndsWith(".gz", StringComparison.Ordinal)
            ? new GZipStream(stream, CompressionMode.Decompress) : stream);
        while (reader.ReadLine() is { } line)
            if (char.IsAsciiDigit(line[0])) yield return line.Split(separator);
    }
}
