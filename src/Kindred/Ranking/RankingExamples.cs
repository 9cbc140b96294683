using Kindred.Models;
using Kindred.Numerics;
using Kindred.Pipelines;
using Kindred.Splitting;

namespace Kindred.Ranking;

/// <summary>
/// What a ranker learns from: lists of items that could have been shown, with a row of features each, and which of them the user took.
/// </summary>
/// <param name="Rows">[candidates, features]</param>
/// <param name="Labels">[candidates]: 1 where the user took it, 0 elsewhere.</param>
/// <param name="Groups">Candidates of each question, in the order of the rows; they sum to the rows.</param>
/// <param name="Missed">Items that were taken and that no source proposed: they teach nothing.</param>
internal sealed record RankingExamples(IReadOnlyList<string> Features, Matrix Rows, float[] Labels, int[] Groups, int Missed)
{
    private const string NothingProposed =
        "No user took an item that the sources proposed, so there is nothing to learn an order from; ask the sources for more.";

    /// <summary>With fewer lists, those kept apart would choose by chance.</summary>
    private const int FewestLists = 200;

    private const double MeasuredShare = .2; // of the users

    /// <summary>Columns of <see cref="Rows"/> that hold categories.</summary>
    public IReadOnlyList<int> Categorical { get; init; } = [];

    /// <summary>[groups], who was asked; −1: nobody that is known.</summary>
    public IReadOnlyList<int> Users { get; init; } = [.. Groups.Select(_ => -1)];

    /// <summary>
    /// One question for each user, asked at the end of the training part: what the pipeline proposed then, and what they took in the part
    /// that followed. It is what an evaluation of a model that is never told of anything new asks.
    /// </summary>
    /// <param name="pipeline">Its sources trained on the holdout's training part; its stages should remove what was seen, and not
    /// rank.</param>
    /// <param name="features">Bound to the holdout's training part.</param>
    /// <param name="most">Candidates of a user; those that the pipeline puts lowest are left out.</param>
    /// <exception cref="InputException">Nobody took a proposed item.</exception>
    public static RankingExamples From(
        Pipeline pipeline, FeatureSet features, Holdout holdout, int most, CancellationToken cancellation = default)
    {
        var rows = new ExampleRows(pipeline, features);
        var test = holdout.Test.Liked.Histories;
        for (int user = 0; user < test.Users; user++)
        {
            cancellation.ThrowIfCancellationRequested();
            var taken = test.ItemsOf(user).Span;
            if (taken.IsEmpty) continue;
            rows.AddProposed(user, AskedBy(holdout, Query.Of(holdout.Known, user)), new HashSet<int>([.. taken]), most);
        }
        return rows.ToExamples(NothingProposed);
    }

    /// <summary>
    /// A question for each visit of a user in the held-out part, asked at its first moment: what they had before it is the history, what
    /// they took then the answer, and features count what was before it. It is what a server asks that is told of events as they come.
    /// </summary>
    /// <param name="pipeline">Its sources trained on the holdout's training part; its stages should remove what was seen, and not
    /// rank.</param>
    /// <param name="features">Bound to all events, those of the held-out part among them: each row takes only what was before its
    /// moment.</param>
    /// <exception cref="InputException">The data has no times, an option is out of range, or nobody took a proposed item.</exception>
    public static RankingExamples AtMoments(
        Pipeline pipeline, FeatureSet features, Holdout holdout, MomentOptions? options = null, CancellationToken cancellation = default)
    {
        options ??= new();
        options.Check();
        var held = holdout.Test;
        if (!held.Histories.HasTimes)
            throw new InputException(
                "The events have no times, so that there are no moments to ask at; make the examples as of the training part.");
        if (!ReferenceEquals(held.Users, features.Data.Users))
            throw new ArgumentException("The features are bound to other users than the holdout's.", nameof(features));
        var rows = new ExampleRows(pipeline, features);
        for (int user = 0; user < held.Users.Count; user++)
        {
            cancellation.ThrowIfCancellationRequested();
            int first = held.Histories.Starts.Span[user], end = held.Histories.Starts.Span[user + 1];
            for (int asked = 0; first < end && asked < options.MostOfUser; asked++)
            {
                long moment = held.Histories.Times.Span[first];
                int next = first;
                while (next < end && held.Histories.Times.Span[next] - moment <= (long)options.Session.TotalSeconds) next++;
                var query = Before(features.Data, user, moment) with { Context = QueryContext.Of(held, first) };
                rows.AddProposed(
                    user, AskedBy(holdout, query), new HashSet<int>([.. held.Histories.Items.Span[first..next]]), options.MostCandidates);
                first = next;
            }
        }
        return rows.ToExamples(NothingProposed);
    }

    /// <summary>
    /// Lists that were shown: negatives are what the user saw and left. Lists of which nothing, or all, was taken have no order to learn.
    /// </summary>
    /// <param name="pipeline">What its sources say of an item they propose is in its row, NaN elsewhere; without stages, so that nothing is
    /// removed.</param>
    /// <param name="features">Bound to all events; each row takes only what was before its moment.</param>
    /// <param name="most">Candidates of a question that sources are asked about, as many as when the ranker serves.</param>
    /// <exception cref="InputException">Nobody took something and left something, or an impression does not fit the data.</exception>
    public static RankingExamples FromImpressions(
        Pipeline pipeline, FeatureSet features, IEnumerable<Impression> impressions, int most, CancellationToken cancellation = default)
    {
        var data = features.Data;
        if (!data.Histories.HasTimes && data.Histories.Count > 0)
            throw new InputException("The events have no times, so the history before an impression is unknown.");
        var rows = new ExampleRows(pipeline, features);
        foreach (var impression in impressions)
        {
            cancellation.ThrowIfCancellationRequested();
            Check(impression, data);
            var query = Before(
                data, impression.User, impression.Time) with
            { Context = (impression.Context ?? new()) with { Time = impression.Time } };
            rows.AddShown(query, impression.Shown.ToHashSet(), impression.Taken.ToHashSet(), most);
        }
        return rows.ToExamples("Of no list that was shown something was taken and something left, so there is nothing to learn an order " +
            "from.");
    }

    /// <returns>A fifth of the users kept apart, to find out how long to learn; null: there are fewer than 200 lists, and nobody
    /// is.</returns>
    public (RankingExamples Training, RankingExamples Measured)? KeepingApart(int seed) =>
        Groups.Length < FewestLists ? null : SplitByUser(MeasuredShare, seed);

    /// <summary>
    /// For early stopping: some of the users to measure with, the others to learn from. Nobody is in both; who is unknown is a user each.
    /// </summary>
    /// <param name="share">0…1, of the users who are measured with.</param>
    /// <exception cref="InputException">One of the parts would be empty.</exception>
    public (RankingExamples Training, RankingExamples Validation) SplitByUser(double share, int seed)
    {
        var rng = new Rng((ulong)seed);
        bool[] isMeasured =
            [.. Users.Select((user, group) => rng.Fork("validation users", user, user < 0 ? group : 0).NextDouble() < share)];
        if (!isMeasured.Contains(true) || !isMeasured.Contains(false))
            throw new InputException(
                $"A share of {share} of {Users.Distinct().Count()} users leaves a part without any; use another share, or no validation " +
                $"part.");
        return (Where([.. isMeasured.Select(measured => !measured)]), Where(isMeasured));
    }

    /// <param name="keep">[groups]</param>
    private RankingExamples Where(bool[] keep)
    {
        var (rows, labels) = (new List<float>(), new List<float>());
        int row = 0;
        for (int group = 0; group < Groups.Length; row += Groups[group++])
        {
            if (!keep[group]) continue;
            rows.AddRange(Rows.Values.Span.Slice(row * Rows.Columns, Groups[group] * Rows.Columns));
            labels.AddRange(Labels.AsSpan(row, Groups[group]));
        }
        return new(Features, new Matrix(labels.Count, Rows.Columns, rows.ToArray()), [.. labels],
            [.. Groups.Where((_, group) => keep[group])], Missed)
        {
            Categorical = Categorical,
            Users = [.. Users.Where((_, group) => keep[group])],
        };
    }

    // held-out users are queried by history only
    private static Query AskedBy(Holdout holdout, in Query query) => holdout.IsHeldOut(query.User) ? query with { User = -1 } : query;

    /// <returns>The user with what they had before the moment.</returns>
    private static Query Before(Interactions data, int user, long moment)
    {
        if (user < 0) return new(-1, default);
        var all = Query.Of(data, user);
        var times = all.Times.Span;
        int known = times.Length;
        while (known > 0 && times[known - 1] >= moment) known--;
        return new(user, all.History[..known], all.Weights[..known]) { Times = all.Times[..known] };
    }

    private static void Check(Impression impression, Interactions data)
    {
        if (impression.User < -1 || impression.User >= data.Users.Count)
            throw new InputException(
                $"An impression is of user {impression.User}, but there are {data.Users.Count}, from 0; give -1 for one who is unknown.");
        foreach (int item in impression.Shown)
        {
            if ((uint)item >= (uint)data.Items.Count)
                throw new InputException($"An impression shows item {item}, but there are {data.Items.Count}, from 0; leave it out.");
        }
        foreach (int item in impression.Taken)
        {
            if (!impression.Shown.Contains(item))
                throw new InputException(
                    $"Item {item} was taken, but not shown, at {impression.Time}; add it to what was shown, or leave it out.");
        }
    }
}
