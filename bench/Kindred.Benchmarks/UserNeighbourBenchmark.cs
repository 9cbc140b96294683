using Kindred.Models;
using Kindred.Models.Als;
using Kindred.Models.Neighbours;
using Kindred.Numerics;
using Kindred.Reports;
using Kindred.Reports.Charts;
using Kindred.Reports.Markup;
using Kindred.Retrieval;
using Kindred.Retrieval.Indexes;

namespace Kindred.Benchmarks;

/// <summary>
/// What a question to <see cref="UserKnn"/> costs that looks through all users, one that does not begin with items that all have, and one
/// that compares those alone that an index of users' embeddings finds; and how many of the neighbours and of the answers the others miss.
/// </summary>
internal static class UserNeighbourBenchmark
{
    private const int Questions = 200, Near = 100, Listed = 10;

    private static readonly UserKnn Trainer = new() { Neighbours = Near };

    /// <param name="args">A folder for user-knn.svg; data folders to ask instead of generated ones.</param>
    public static void Run(string[] args)
    {
        Console.WriteLine("| data | users | way | prepared, s of a core | ms a question, of a core | all users, minutes of a core | of " +
            "the nearest found | of the best ten |");
        Console.WriteLine("| --- | ---: | --- | ---: | ---: | ---: | ---: | ---: |");
        var curves = new List<(string Way, double Users, double Milliseconds)>();
        foreach (int users in args.Length > 1 ? (int[])[] : [8_625, 17_250, 34_500, 69_000, 138_000])
        {
            var data = GeneratedInteractions.Create(users, 27_000, users * 145);
            curves.AddRange(Ask("generated", data).Select(way => (way.Name, (double)users, way.Milliseconds)));
        }
        foreach (string path in args.Skip(1))
        {
            using var dataset = DataFolder.Open(path);
            Ask(dataset.Manifest.Name, dataset.Interactions);
        }
        if (args is not [var folder]) return;
        Directory.CreateDirectory(folder);
        using var image = new StreamWriter(Path.Combine(folder, "user-knn.svg"));
        Draw(curves, image);
    }

    private static List<(string Name, double Milliseconds)> Ask(string name, Interactions data)
    {
        var results = new List<(string, double)>();
        var exact = new Answer[Questions];
        int users = data.Users.Count;
        foreach (var (way, prepared, find) in Ways(data))
        {
            var question = new Question(data, find);
            int[] asking = [.. Enumerable.Range(0, Questions).Select(n => (int)((long)n * users / Questions))];
            Answer[] answers = [.. asking.Select(question.Answer)];
            if (results.Count == 0) exact = answers;
            double seconds = double.MaxValue;
            for (int round = 0; round < 3; round++)
            {
                double start = Machine.CoreSeconds();
                foreach (int user in asking) question.Score(user);
                seconds = Math.Min(seconds, (Machine.CoreSeconds() - start) / Questions);
            }
            double found = answers.Zip(exact, (one, all) => Share(one.Users, all.Users)).Average(),
                listed = answers.Zip(exact, (one, all) => Share(one.Best, all.Best)).Average();
            results.Add((way, seconds * 1e3));
            Console.WriteLine($"| {name} | {users} | {way} | {prepared:F1} | {seconds * 1e3:F2} | {seconds * users / 60:F1} " +
                $"| {found:F3} | {listed:F3} |");
        }
        return results;
    }

    private static double Share(int[] found, int[] all) => all.Length == 0 ? 1 : found.Intersect(all).Count() / (double)all.Length;

    // the exact one first
    private static IEnumerable<(string Name, double Prepared, Find Find)> Ways(Interactions data)
    {
        double start = Machine.CoreSeconds();
        var sums = new NeighbourSums(Trainer, data.ByItem, data.ByUser, new());
        double prepared = Machine.CoreSeconds() - start;
        foreach (var (name, share) in new[] { ("all items", 1), ("without those of > 5 %", .05), ("without > 1 %", .01),
            ("without > .2 %", .002) })
            yield return (name, prepared, AllUsers(data, sums, share < 1 ? (int)(share * data.Users.Count) : int.MaxValue));

        start = Machine.CoreSeconds();
        var model = (ImplicitAlsModel)new ImplicitAls { Dimensions = 64 }.Train(data, new());
        double trained = Machine.CoreSeconds() - start;
        foreach (var (kind, count) in new[] { ("flat", 500), ("ivf", 500), ("hnsw", 500), ("flat", 2_000) })
        {
            start = Machine.CoreSeconds();
            var index = IndexCatalog.Find(kind).Builder(IndexMetric.Cosine).Build(model.UserEmbeddings, new());
            yield return ($"{kind}, {count} users", prepared + trained + Machine.CoreSeconds() - start,
                Indexed(data, sums, model, index, count));
        }
    }

    private static Find AllUsers(Interactions data, NeighbourSums sums, int common)
    {
        float[] scratch = new float[data.Users.Count], counts = new float[data.Users.Count];
        return (in Query query, ref TopK top) =>
        {
            var history = query.ToSparseRow(data.Items.Count).Row(0);
            sums.Nearest(history, new float[history.Length], scratch, counts, common < int.MaxValue ? item =>
                data.ByItem.Row(item).Length > common : null, ref top);
        };
    }

    private static Find Indexed(Interactions data, NeighbourSums sums, ImplicitAlsModel model, IIndex index, int count)
    {
        float[] lengths = [.. Enumerable.Range(0, data.Users.Count)
            .Select(user => MathF.Sqrt(SimilarityMeasure.SizeOf(sums.Weighted.Row(user).Values)))];
        float[] embedding = new float[model.UserEmbeddings.Columns], scores = new float[count], wanted = new float[data.Items.Count];
        int[] users = new int[count];
        return (in Query query, ref TopK top) =>
        {
            var history = query.ToSparseRow(data.Items.Count).Row(0);
            if (!model.TryEmbed(history, embedding)) return;
            int found = index.Search(new IndexQuery(embedding), users, scores);
            var weights = new float[history.Length];
            sums.Measure.Weigh(history, weights);
            float length = MathF.Sqrt(SimilarityMeasure.SizeOf(weights));
            for (int n = 0; n < weights.Length; n++) wanted[history.Columns[n]] = weights[n];
            foreach (int user in users.AsSpan(0, found))
            {
                var row = sums.Weighted.Row(user);
                float sum = 0;
                for (int n = 0; n < row.Length; n++) sum += row.Values[n] * wanted[row.Columns[n]];
                if (sum > 0) top.Offer(user, sum / ((length * lengths[user]) + Trainer.Shrinkage!.Value));
            }
            foreach (int item in history.Columns) wanted[item] = 0;
        };
    }

    private static void Draw(List<(string Way, double Users, double Milliseconds)> curves, TextWriter output)
    {
        const double Width = 640, Height = 220;
        Axis x = Axis.LogarithmicOf(curves.Select(point => point.Users)),
            y = Axis.LogarithmicOf(curves.Select(point => point.Milliseconds));
        var ways = curves.GroupBy(point => point.Way).Where(way => !way.Key.StartsWith("flat", StringComparison.Ordinal)).ToArray();
        ModelMarker[] signs = [.. ways.Select((way, n) => new ModelMarker(way.Key, n - 1))];
        Line[] lines = [.. ways.Zip(signs, (way, sign) => new Line(sign, [.. way.Select(point => new LinePoint(
            x.At(point.Users, 0, 1), point.Milliseconds, double.NaN, double.NaN,
            $"{way.Key}, {point.Users:N0} users: {point.Milliseconds:F2} ms"))]))];
        const string Label = "Milliseconds of a core for a question, over users";
        double legend = SvgFile.LegendHeightOf(signs.Length);
        SvgFile.Write(output, Width, legend + Height, Label, (html, svg) =>
        {
            SvgFile.WriteLegend(svg, signs, Width);
            using (html.In("g", ("transform", $"translate(0 {legend})")))
                new LineChart(Label, "users", [.. x.Ticks.Select(tick => (x.At(tick, 0, 1), x.Label(tick)))], y, Width).Draw(html, lines);
        });
    }

    /// <summary>Offers users by their similarity to a history.</summary>
    private delegate void Find(in Query query, ref TopK top);

    /// <param name="Users">The neighbours, without who asks.</param>
    /// <param name="Best">Items of the highest scores, without those of the history.</param>
    private sealed record Answer(int[] Users, int[] Best);

    private sealed class Question(Interactions data, Find find)
    {
        private readonly int[] _near = new int[Near];
        private readonly float[] _similarities = new float[Near], _scores = new float[data.Items.Count];

        /// <returns>How many neighbours speak.</returns>
        public int Score(int user)
        {
            var top = new TopK(_near, _similarities);
            find(Query.Of(data, user), ref top);
            top.Sort();
            Array.Clear(_scores);
            for (int n = 0; n < top.Count; n++)
            {
                var row = data.ByUser.Row(_near[n]);
                for (int m = 0; m < row.Length; m++) _scores[row.Columns[m]] += _similarities[n] * row.Values[m];
            }
            return top.Count;
        }

        public Answer Answer(int user)
        {
            int count = Score(user);
            foreach (int item in data.ByUser.Row(user).Columns) _scores[item] = 0;
            int[] best = new int[Listed];
            var listed = new TopK(best, new float[Listed]);
            for (int item = 0; item < _scores.Length; item++) if (_scores[item] > 0) listed.Offer(item, _scores[item]);
            return new([.. _near.Take(count).Where(other => other != user)], best[..listed.Count]);
        }
    }
}
