using System.CommandLine;
using Kindred.Cli.Options;
using Kindred.Cli.Output;
using Kindred.Data;
using Kindred.Models;
using Kindred.Pipelines;

namespace Kindred.Cli.Commands;

/// <summary>`kindred recommend`: items for a user, and why.</summary>
internal static class RecommendCommand
{
    public static Command Create()
    {
        var user = new Option<string?>("--user", "-u")
        {
            Description = "Whom to recommend to; somebody unknown gets what is popular.",
            HelpName = "id",
        };
        var history = new Option<string[]>("--history")
        {
            Description = "What the user had, oldest first; follows a known user's stored history.",
            HelpName = "id,id",
        };
        var count = new Option<int>("--count", "-n") { Description = "How many items.", DefaultValueFactory = _ => 10, HelpName = "count" };
        var model = ModelOptions.Model("The model to train where a source is given; item-knn, unless told otherwise.");
        var explain = new Option<bool>("--explain") { Description = "Tell the way of each item through the pipeline of the snapshot." };
        var whyNot = new Option<string[]>("--why-not") { Description = "Tell why these items are not in the list.", HelpName = "id" };
        var verb = new CliCommand("recommend", "Recommend items to a user, and say why.",
            "kindred recommend snapshots --user 42",
            "kindred recommend ratings.csv --user 42 --model implicit-als --count 5",
            "kindred recommend snapshots --history 318,296,50",
            "kindred recommend snapshots --user 42 --where 'genres=Comedy|Drama' --where 'year>=1990'",
            "kindred recommend snapshots --user 42 --explain --why-not 318")
        {
            user, history, count, model, explain, whyNot,
        };
        var filter = new FilterOptions(verb);
        var source = new SourceOptions(
            verb, "A snapshot or a folder of snapshots; or data, raw or imported, to train on for this one time.");
        return verb.Runs((parse, session) =>
        {
            if (parse.GetValue(user) is null && parse.GetResult(history) is null)
                throw new InputException("Say for whom: --user ID, --history id,id, or both.");
            if (parse.GetValue(count) < 1) throw new InputException($"--count must be at least 1, was {parse.GetValue(count)}.");
            using var adviser = LoadedRecommender.Open(source, parse.GetValue(model), parse, session);
            var asked = Question.Of(adviser, parse.GetValue(user), parse.GetValue(history) ?? []);
            asked = asked with { Query = asked.Query with { Allowed = filter.AllowedIn(parse, adviser) } };
            if (parse.GetValue(explain) || parse.GetResult(whyNot) is not null)
            {
                ExplainView.Print(adviser, asked.Query, parse.GetValue(count), parse.GetValue(whyNot) ?? [], session);
                return;
            }
            var candidates = adviser.Recommender.Recommend(asked.Query, parse.GetValue(count));
            Print(adviser, asked, parse.GetValue(user), candidates, session);
        });
    }

    private static void Print(LoadedRecommender adviser, Question asked, string? user, IReadOnlyList<Candidate> candidates, CommandContext session)
    {
        var list = new ItemList(adviser.Interactions.Items, adviser.Catalog);
        bool isPersonal = !adviser.IsSameForEveryone && candidates.Any(c => c.Source != ModelSpec.Popularity.Name);
        session.Print(new Heading(user is null ? "For this history" : $"For user {user}"));
        if (asked.UnknownItems.Count > 0)
            session.Print(new Paragraph($"Not in the data, and left out of the history: {string.Join(", ", asked.UnknownItems)}."));
        if (CaveatOf(adviser, asked, user, isPersonal) is { } caveat) session.Print(new Paragraph(caveat));

        var reasons = candidates.Select(c => c.Source == ModelSpec.Popularity.Name ? [] : TopContributions.For(adviser.Model, asked.Query, c.Item))
            .ToArray();
        session.Print(candidates.Count == 0 && asked.Query.Allowed is not null ? new Paragraph("Nothing passes the filter.") : list.ToGrid(candidates, reasons));
        session.Print(new Paragraph($"By {adviser.Name}."));
        session.Print(new JsonResult(new
        {
            user,
            asked.IsKnownUser,
            asked.UnknownItems,
            model = adviser.Name,
            isPersonal,
            items = list.ToJson(candidates, reasons),
        }));
    }

    private static string? CaveatOf(LoadedRecommender adviser, Question asked, string? user, bool isPersonal) =>
        !asked.IsKnownUser && asked.Query.History.IsEmpty
            ? $"{(user is null ? "Nothing of the history is" : $"User {user} is not")} in the data: this is what is popular with everyone."
        : adviser.IsSameForEveryone ? "The model is popularity: the same for everyone, without what they had."
        : isPersonal ? null
        : "The model has nothing to say about this history: this is what is popular with everyone.";

    /// <summary>A user and a history by their ids, as a model is asked.</summary>
    private sealed record Question(Query Query, bool IsKnownUser, IReadOnlyList<string> UnknownItems)
    {
        private const StringSplitOptions Trimmed = StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries;

        public static Question Of(LoadedRecommender adviser, string? userId, string[] given)
        {
            int user = -1;
            bool known = userId is not null && adviser.Interactions.Users.TryGetIndex(userId, out user);
            if (given.Length == 0) return new(known ? Query.Of(adviser.Interactions, user) : new(-1, default), known, []);

            var (history, weights, unknown) = (new List<int>(), new List<float>(), new List<string>());
            if (known)
            {
                history.AddRange(adviser.Interactions.Histories.ItemsOf(user).Span);
                weights.AddRange(adviser.Interactions.Histories.WeightsOf(user).Span);
            }
            // An id may have a comma in it.
            var items = adviser.Interactions.Items;
            float liked = TypicalWeight(adviser);
            foreach (string id in given.SelectMany(ids => items.TryGetIndex(ids, out _) ? [ids] : ids.Split(',', Trimmed)))
            {
                if (!items.TryGetIndex(id, out int item))
                {
                    unknown.Add(id);
                    continue;
                }
                history.Add(item);
                weights.Add(liked);
            }
            // What a model learned about a user by index is the past; with events after it, only the history is true.
            return new(new(-1, history.ToArray(), weights.ToArray()), known, unknown);
        }

        /// <summary>An item that is only named weighs as much as the average event: among ratings, a 1 would mean hate.</summary>
        private static float TypicalWeight(LoadedRecommender adviser)
        {
            var weights = adviser.Interactions.Histories.Weights.Span;
            double sum = 0;
            foreach (float weight in weights) sum += weight;
            return weights.IsEmpty ? 1 : (float)(sum / weights.Length);
        }
    }
}
