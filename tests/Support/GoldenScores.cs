using Kindred.Data;
using Kindred.Models;

namespace Kindred.Tests.Support;

/// <summary>Asks a model, for a <see cref="GoldenFile"/>.</summary>
internal static class GoldenScores
{
    /// <summary>The first, a middle and the last user, somebody unknown with five events, and nobody.</summary>
    public static GoldenAnswer[] Of(IModel model, Interactions data)
    {
        int last = data.Users.Count - 1;
        var known = ((int[])[0, last / 2, last]).Select(user => AnswerOf(model, $"user {data.Users.Id(user)}", Query.Of(data, user)));
        int[] history = [.. Enumerable.Range(1, 5).Select(n => n * data.Items.Count / 13)];
        return [.. known, AnswerOf(model, "five events", new(-1, history)), AnswerOf(model, "nobody", new(-1, default))];
    }

    private static GoldenAnswer AnswerOf(IModel model, string name, Query query)
    {
        var scores = new float[model.Items.Count];
        model.Score(query, scores);
        var best = Enumerable.Range(0, scores.Length).Where(item => !float.IsNaN(scores[item]))
            .OrderByDescending(item => scores[item]).Take(10);
        return new(name, string.Join(' ', best.Select(model.Items.Id)), scores);
    }
}
