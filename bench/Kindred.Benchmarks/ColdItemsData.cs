using System.Globalization;
using System.IO.Compression;
using System.Text;
using Kindred.Data;
using Kindred.Evaluation;
using Kindred.Evaluation.Metrics;
using Kindred.Evaluation.Metrics.Ranking;
using Kindred.Numerics;
using Kindred.Splitting;

namespace Kindred.Benchmarks;

/// <summary>Items without events, to be ranked among each other: which they are, and what is known of them.</summary>
/// <param name="Tuning">To choose options on.</param>
/// <param name="TuningItems">[items], those ranked then.</param>
/// <param name="FinalItems">[items], those ranked in the test.</param>
internal sealed record ColdItemsData(Holdout Tuning, bool[] TuningItems, Holdout Final, bool[] FinalItems, IReadOnlyList<IMetric> Metrics)
{
    private const int Tags = 5000;

    private static readonly IMetric[] Own = [new Recall(10), new Recall(50), new Ndcg(10)];

    private static readonly IMetric[] Heater =
    [
        new Precision(20), new Recall(20), new Ndcg(20), new Precision(50), new Recall(50), new Ndcg(50),
        new Precision(100), new Recall(100), new Ndcg(100),
    ];

    private static readonly string[] HeaterFiles = ["train.csv.gz", "vali.csv", "test.csv"];

    /// <param name="known">What models may know of items: tags, vectors (of the texts), or both.</param>
    /// <param name="vectorsOf">[items, d] of texts; only asked for where they are to be known.</param>
    /// <exception cref="InputException">There is no such protocol.</exception>
    public static ColdItemsData Of(string protocol, string folder, string known, Func<IReadOnlyList<string>, Matrix> vectorsOf) =>
        protocol switch
        {
            "own" => OwnProtocol(folder, known, vectorsOf),
            "heater" => HeaterProtocol(folder, known, vectorsOf),
            "time" => ByTime(folder, known, vectorsOf),
            _ => throw new InputException($"There is no protocol '{protocol}'; own, heater and time are there."),
        };

    /// <summary>
    /// Of the articles of citeulike-a a tenth, drawn at random, is validation, another test, and no model learns from an event of either.
    /// </summary>
    private static ColdItemsData OwnProtocol(string folder, string known, Func<IReadOnlyList<string>, Matrix> vectorsOf)
    {
        int[][] users = Rows(Path.Combine(folder, "users.dat.gz"));
        int[][] tags = Rows(Path.Combine(folder, "item-tag.dat.gz"));
        int[] order = [.. Enumerable.Range(0, tags.Length)];
        new Rng(1).Fork("cold items").Shuffle<int>(order);
        var isValidation = Marks(tags.Length, order[..(order.Length / 10)]);
        var isTest = Marks(tags.Length, order[(order.Length / 10)..(order.Length / 5)]);
        bool[] isWarm = [.. isValidation.Zip(isTest, (validation, test) => !validation && !test)];
        var data = Articles(users, tags, isWarm, folder, known, vectorsOf);
        var train = EventsOf(data, isWarm);
        return new(
            Holdout.Of(train, EventsOf(data, isValidation), "Cold items, validation."), isValidation,
            Holdout.Of(train, EventsOf(data, isTest), "Cold items, test."), isTest, Own);
    }

    /// <summary>The parts that Z. Zhu et al. published with Heater, "Recommendation for New Users and New Items via Randomized Training and
    /// Mixture-of-Experts Transformation", SIGIR 2020; their metrics.</summary>
    private static ColdItemsData HeaterProtocol(string folder, string known, Func<IReadOnlyList<string>, Matrix> vectorsOf)
    {
        int[][] tags = Rows(Path.Combine(folder, "item-tag.dat.gz"));
        var parts = HeaterFiles
            .Select(part => Pairs(Path.Combine(folder, $"heater_cold_item_{part}")).ToArray()).ToArray();
        bool[][] marks = [.. parts.Select(part => Marks(tags.Length, part.Select(pair => pair.Item)))];
        int[][] users = [.. Enumerable.Range(0, parts.Max(part => part.Max(pair => pair.User)) + 1).Select(_ => Array.Empty<int>())];
        foreach (var user in parts.SelectMany(part => part).GroupBy(pair => pair.User))
            users[user.Key] = [.. user.Select(pair => pair.Item)];
        var data = Articles(users, tags, marks[0], folder, known, vectorsOf);
        var train = EventsOf(data, marks[0]);
        return new(
            Holdout.Of(train, EventsOf(data, marks[1]), "Heater, validation."), marks[1],
            Holdout.Of(train, EventsOf(data, marks[2]), "Heater, test."), marks[2], Heater);
    }

    /// <summary>A data folder: a tenth of its events by time is validation, the last fifth test; cold are items first seen there.</summary>
    private static ColdItemsData ByTime(string folder, string known, Func<IReadOnlyList<string>, Matrix> vectorsOf)
    {
        var data = DataFolder.Open(folder).Interactions;
        var items = data.ItemAttributes;
        if (known != "tags")
        {
            var texts = items.Texts.Values.Select(column => column.Values).ToArray();
            string[] lines = [.. Enumerable.Range(0, items.Count).Select(item => string.Join(". ",
                [.. texts.Select(column => column[item]), .. items.Labels.Select(column => string.Join(", ",
                    column.Value[item].ToArray().Select(column.Value.Labels.Id)))]))];
            items = WithVectors(items, lines, vectorsOf);
        }
        if (known == "vectors") items = items with { Labels = new Dictionary<string, LabelColumn>() };
        var split = new GlobalTimeSplit { ValidationFraction = .1, TestFraction = .2 }.Split(data.With(itemAttributes: items));
        bool[] tuning = ColdOf(split.Tuning), final = ColdOf(split.Final);
        Holdout Of(Holdout holdout, bool[] isCold, string name) => Holdout.Of(holdout.Train, EventsOf(holdout.Test, isCold), name);
        return new(
            Of(split.Tuning, tuning, "Cold items, validation."), tuning, Of(split.Final, final, "Cold items, test."), final, Own);
    }

    private static bool[] ColdOf(Holdout holdout)
    {
        bool[] isCold = Marks(holdout.Train.Items.Count, holdout.Test.Histories.Items.ToArray());
        foreach (int item in holdout.Train.Histories.Items.Span) isCold[item] = false;
        return isCold;
    }

    // the most frequent tags of the articles that models learn from, and vectors of the names of all tags
    private static Interactions Articles(
        int[][] users, int[][] tags, bool[] isWarm, string folder, string known, Func<IReadOnlyList<string>, Matrix> vectorsOf)
    {
        var starts = new int[users.Length + 1];
        for (int user = 0; user < users.Length; user++) starts[user + 1] = starts[user] + users[user].Length;
        var weights = new float[starts[^1]];
        Array.Fill(weights, 1);
        var items = Catalog.Empty(tags.Length);
        if (known != "vectors")
        {
            var kept = tags.Where((_, item) => isWarm[item]).SelectMany(row => row).CountBy(tag => tag)
                .OrderByDescending(tag => tag.Value).ThenBy(tag => tag.Key).Take(Tags).Select(tag => tag.Key).ToHashSet();
            string[][] labels = [.. tags.Select(row => row.Where(kept.Contains).Select(Text).ToArray())];
            items = items with { Labels = new Dictionary<string, LabelColumn> { ["tags"] = LabelColumn.From(labels) } };
        }
        if (known != "tags")
        {
            string[] names = File.ReadAllLines(Path.Combine(folder, "tags.dat"));
            items = WithVectors(items, [.. tags.Select(row => string.Join(", ",
                row.Select(tag => names[tag].Replace('_', ' ').Replace('-', ' '))))], vectorsOf);
        }
        return new Interactions(
            Numbered(users.Length), Numbered(tags.Length), new Histories(starts, users.SelectMany(row => row).ToArray(), default, weights))
            .With(itemAttributes: items);
    }

    private static Catalog WithVectors(Catalog items, IReadOnlyList<string> texts, Func<IReadOnlyList<string>, Matrix> vectorsOf)
    {
        var vectors = vectorsOf(texts);
        var numbers = items.Numbers.ToDictionary();
        for (int column = 0; column < vectors.Columns; column++)
            numbers.Add($"text.{column}", new(Enumerable.Range(0, vectors.Rows).Select(row => vectors.Row(row)[column]).ToArray()));
        return items with { Numbers = numbers };
    }

    private static Interactions EventsOf(Interactions data, bool[] items) =>
        data.Where([.. data.Histories.Items.ToArray().Select(item => items[item])]);

    private static bool[] Marks(int count, IEnumerable<int> items)
    {
        var marks = new bool[count];
        foreach (int item in items) marks[item] = true;
        return marks;
    }

    private static IEnumerable<(int User, int Item)> Pairs(string path) => Lines(path).Skip(1).Select(line => line.Split(','))
        .Select(cells => (int.Parse(cells[0], CultureInfo.InvariantCulture), int.Parse(cells[1], CultureInfo.InvariantCulture)));

    // a line each: how many numbers, and which
    private static int[][] Rows(string path) => [.. Lines(path).Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries)
        .Skip(1).Select(n => int.Parse(n, CultureInfo.InvariantCulture)).Distinct().ToArray())];

    private static IEnumerable<string> Lines(string path)
    {
        using Stream file = File.OpenRead(path), stream = path.EndsWith(".gz", StringComparison.Ordinal)
            ? new GZipStream(file, CompressionMode.Decompress) : file;
        using var reader = new StreamReader(stream, Encoding.ASCII);
        while (reader.ReadLine() is { } line) yield return line;
    }

    private static Vocabulary Numbered(int count) => new([.. Enumerable.Range(0, count).Select(Text)]);

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
