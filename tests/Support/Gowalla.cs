using System.Globalization;
using System.IO.Compression;
using Kindred.Data;
using Kindred.Numerics;
using Kindred.Splitting;

namespace Kindred.Tests.Support;

/// <summary>The published split of LightGCN, without the importer: lines "user item item …" of indices. Not in the repository.</summary>
internal static class Gowalla
{
    private const int Users = 29_858, Items = 40_981;

    /// <returns>The split; where the data is absent the test is skipped.</returns>
    public static Split Load()
    {
        string folder = RealData.Folder("gowalla");
        Vocabulary users = Numbered(Users), items = Numbered(Items);
        Interactions Read(string part) =>
            Interactions.From(users, items, SparseMatrix.FromTriplets(Users, Items, PairsOf(Path.Combine(folder, part))));
        return Split.Given(Read("train.txt.gz"), Read("valid.txt.gz"), Read("test.txt.gz"), "LightGCN's split of Gowalla.");
    }

    private static Vocabulary Numbered(int count) =>
        new([.. Enumerable.Range(0, count).Select(n => n.ToString(CultureInfo.InvariantCulture))]);

    private static List<(int, int, float)> PairsOf(string file)
    {
        var pairs = new List<(int, int, float)>();
        using var reader = new StreamReader(new GZipStream(File.OpenRead(file), CompressionMode.Decompress));
        while (reader.ReadLine() is { } line)
        {
            int[] numbers = [.. line.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(int.Parse)];
            foreach (int item in numbers.AsSpan(1)) pairs.Add((numbers[0], item, 1));
        }
        return pairs;
    }
}
