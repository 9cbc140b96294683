using System.CommandLine;
using System.Globalization;
using Kindred.Cli.Options;
using Kindred.Cli.Output;
using Kindred.Data;
using Kindred.Models;
using Kindred.Onboarding;
using Kindred.Retrieval;
using Kindred.Server;

namespace Kindred.Cli.Commands;

/// <summary>
/// `kindred onboard`: the cards that a new user sees, answered in the terminal; or how good they are, by users of the past.
/// </summary>
internal static class OnboardCommand
{
    private static readonly int[] Cards = [0, 3, 6, 12, 24, 60], Picks = [1, 3, 6];

    public static Command Create()
    {
        var count = new Option<int>("--count", "-n")
        {
            Description = "Number of cards at once.",
            DefaultValueFactory = _ => 8,
            HelpName = "count",
        };
        var picks = new Option<int>("--picks")
        {
            Description = "End the interview after so many picks.",
            DefaultValueFactory = _ => OnboardingInterview.UsualPicks,
            HelpName = "count",
        };
        var groups = new Option<bool>("--groups") { Description = "Begin with groups of items." };
        var evaluate = new Option<bool>("--evaluate")
        {
            Description = "Interview users of the past instead, and compare ways to choose cards. Needs data.",
        };
        var model = ModelOptions.Model("Model to train when data are given. Default: implicit-als.");
        var living = new Option<string?>("--data")
        {
            Description = "Living folder: the snapshot that it serves, or its events where it serves none.",
            HelpName = "folder",
        };
        var verb = new CliCommand("onboard", "Pick what you like from a few cards, and see what would be recommended.",
            "kindred onboard snapshots",
            "echo '1 3' | kindred onboard snapshots --count 12",
            "kindred onboard --data shop",
            "kindred onboard samples/movielens --evaluate") { count, picks, groups, evaluate, model, living };
        var source = new SourceOptions(
            verb, "A snapshot or a folder of snapshots; or data, raw or imported, to train on for this one time.");
        return verb.Runs(async (parse, session) =>
        {
            if (parse.GetValue(count) is < 1 or > 50) throw new InputException($"--count must be 1 to 50, was {parse.GetValue(count)}.");
            if (parse.GetValue(picks) < 1) throw new InputException($"--picks must be at least 1, was {parse.GetValue(picks)}.");
            string? folder = parse.GetValue(living);
            if (folder is not null && source.SourcesIn(parse).Count > 0)
                throw new InputException("--data names a living folder, so nothing else can be named; leave one of them out.");
            if (folder is not null && source.GivenIn(parse) is { } option)
                throw new InputException($"{folder} is a living folder, so {option} cannot be used; its settings say what events mean.");
            if (parse.GetValue(evaluate))
            {
                using var data = folder is null ? DataSource.Open(source, parse, session)
                    : DataSource.FromStore(LivingFolder.Open(folder), session);
                Evaluate(data.Dataset, session);
                return;
            }
            var usual = ModelSpec.Parse("implicit-als", session.Trainers);
            using var adviser = folder is null ? LoadedRecommender.Open(source, parse.GetValue(model), parse, session, usual)
                : await LoadedRecommender.OpenLiving(folder, parse.GetValue(model), session, usual);
            var cards = OnboardingCards.From(adviser.Interactions);
            if (cards is null && parse.GetValue(groups))
                throw new InputException($"{adviser.Name} has fewer than {OnboardingCards.FewestUsers} users, too few to form groups of "
                    + "items; leave out --groups.");
            await new Interview(adviser, cards, session).RunAsync(parse.GetValue(count), parse.GetValue(picks), parse.GetValue(groups));
        });
    }

    private static void Evaluate(DataFolder data, CommandContext session)
    {
        var evaluation = session.Activity.Run("Learning from users of the past", _ => OnboardingEvaluation.Prepare(
            data.Interactions, session.Training));
        var interview = evaluation.Interview();
        var measured = evaluation.Choosers.Select(way => (way.Name, Curves: session.Activity.Run(
            $"Interviewing with cards by {way.Name}", _ => interview.Run(way.Chooser, session.Workers, session.Cancellation)))).ToArray();
        string Number(double value) => value.ToString("F4", CultureInfo.InvariantCulture);
        session.Print(new Paragraph(
            $"NDCG@10 of {evaluation.Users.Count} users whom nothing was learned from: half of what they liked can be answered, the other "
            + "half is to be found."));
        session.Print(new Grid(
            [new("cards by"), .. Cards.Select(n => new Column($"{n} shown", IsNumber: true)),
                .. Picks.Select(n => new Column($"{n} picked", IsNumber: true))],
            [.. measured.Select(way => (string[])[way.Name, .. Cards.Select(n => Number(way.Curves.AfterCards(n))),
                .. Picks.Select(n => Number(way.Curves.AfterPicks(n).Average()))])]));
        var popular = measured.First(way => way.Name == OnboardingEvaluation.Popular).Curves;
        var adaptive = measured.First(way => way.Name == OnboardingEvaluation.Adaptive).Curves;
        var (mean, low, high) = InterviewCurves.Difference(adaptive.AfterPicks(3), popular.AfterPicks(6), session.Seed);
        session.Print(new Paragraph(string.Create(CultureInfo.InvariantCulture,
            $"Three adaptive picks against six picks of popular items: {100 * mean:+0.0;−0.0} points "
            + $"(95 % CI {100 * low:+0.0;−0.0} to {100 * high:+0.0;−0.0}).")));
        session.Print(new JsonResult(new
        {
            users = evaluation.Users.Count,
            ways = measured.Select(way => new
            {
                way.Name,
                byCards = Enumerable.Range(0, Cards[^1] + 1).Select(way.Curves.AfterCards),
                byPicks = Enumerable.Range(0, Picks[^1] + 1).Select(n => way.Curves.AfterPicks(n).Average()),
            }),
            threeAgainstSix = new { mean, low, high },
        }));
    }

    /// <param name="cards">Null: there are too few users to say which cards tell most; what is popular is shown.</param>
    private sealed class Interview(LoadedRecommender adviser, OnboardingCards? cards, CommandContext session)
    {
        private readonly List<int> _picked = [], _dismissed = [];
        private readonly List<object> _rounds = [];
        private int _picks; // cards; a group is one
        private IReadOnlyList<RecommendedItem> _preview = [];

        public async Task RunAsync(int count, int picks, bool beginsWithGroups)
        {
            var list = new ItemList(adviser.Interactions.Items, adviser.Catalog);
            if (cards is null)
                session.Print(new Paragraph($"There are fewer than {OnboardingCards.FewestUsers} users, too few to say which cards tell "
                    + "most: these are what is popular."));
            var (shown, gain) = beginsWithGroups && cards is not null ? ([.. cards.GroupCards.Take(count)], 1) : Next(count);
            bool isEnded = false;
            string? end;
            while ((end = OnboardingInterview.EndOf(_picks, picks, shown.Count, gain)) is null)
            {
                session.Print(new Heading("Pick what you like"));
                string[] texts = [.. shown.Select(TextOf)];
                session.Print(new Grid([new("", IsNumber: true), new("card", Wraps: true)],
                    [.. shown.Select((card, n) => new[]
                    {
                        $"{n + 1}", texts.Count(text => text == texts[n]) == 1 ? texts[n] : $"{texts[n]} ({IdsOf(card)})",
                    })]));
                session.Print(new Paragraph("Numbers with spaces between, an empty line for none of them, q to end."));
                var chosen = await AnswerAsync(shown.Count);
                _rounds.Add(new
                {
                    cards = shown.Select((card, n) => new
                    {
                        number = n + 1,
                        card.Title,
                        items = card.Items.Select(adviser.Interactions.Items.Id),
                        picked = chosen?.Contains(n + 1),
                    }),
                });
                isEnded = chosen is null;
                if (chosen is null) break;
                _picks += chosen.Count;
                for (int n = 0; n < shown.Count; n++) (chosen.Contains(n + 1) ? _picked : _dismissed).AddRange(shown[n].Items);
                session.Print(list.ToCarousel(_preview = Preview()));
                (shown, gain) = Next(count);
            }
            if (!isEnded)
                session.Print(new Paragraph(_picks >= picks ? $"That is all: {Format.Many(_picks, "card")} picked."
                    : $"{char.ToUpperInvariant(end![0])}{end[1..]}."));
            session.Print(new JsonResult(new
            {
                picked = _picked.Select(adviser.Interactions.Items.Id),
                dismissed = _dismissed.Select(adviser.Interactions.Items.Id),
                rounds = _rounds,
                // two lists mixed by ranks: their scores do not compare
                items = _preview.Select((item, n) => new { rank = n + 1, item.ItemId, item.Title, item.Source }),
            }));
        }

        private (IReadOnlyList<OnboardingCard> Cards, double Gain) Next(int count)
        {
            if (cards is not null) return cards.Next(_picked, _dismissed, count);
            var ids = adviser.Interactions.Items;
            string[] shown = [.. _picked.Concat(_dismissed).Select(ids.Id)];
            var popular = adviser.Recommender.Recommend(new RecommendRequest { Count = count, Deny = shown }, session.Cancellation).Items;
            return ([.. popular.Select(item => new OnboardingCard(
                item.Title ?? item.ItemId, [ids.TryGetIndex(item.ItemId, out int index) ? index : -1]))], 1);
        }

        private string IdsOf(OnboardingCard card) => string.Join(", ", card.Items.Select(adviser.Interactions.Items.Id));

        /// <returns>Null: the end. A person who mistypes is asked again; a program is told.</returns>
        private async Task<HashSet<int>?> AnswerAsync(int most)
        {
            while (await StandardInput.ReadLineAsync(session.Cancellation) is { } line && line.Trim() is not "q")
            {
                try
                {
                    return NumbersIn(line, most);
                }
                catch (InputException e) when (!Console.IsInputRedirected)
                {
                    session.Activity.Note(e.Message);
                }
            }
            return null;
        }

        private IReadOnlyList<RecommendedItem> Preview()
        {
            const int Listed = 100;
            var ids = adviser.Interactions.Items;
            string[] dismissed = [.. _dismissed.Select(ids.Id)]; // just shown and not picked
            var model = adviser.Recommender.Recommend(new RecommendRequest
            {
                History = [.. _picked.Select(item => new HistoryEvent(ids.Id(item)))],
                Deny = dismissed,
                Count = Listed,
            }, session.Cancellation).Items;
            var popular = adviser.Recommender.Recommend(
                new RecommendRequest { Count = Listed, Deny = [.. _picked.Select(ids.Id), .. dismissed] }, session.Cancellation).Items;
            return [.. OnboardingInterview.Mix(model, popular, PopularityBlend.ModelWeight(_picked.Count),
                item => item.ItemId, item => item.Source != ModelExtensions.FallbackName).Take(Carousel.Length)];
        }

        private string TextOf(OnboardingCard card) => card.Items is [_] ? card.Title
            : $"{card.Title}: {string.Join(", ", card.Items.Select(
                item => adviser.Catalog.TitleOf(item) ?? adviser.Interactions.Items.Id(item)))}";

        private static HashSet<int> NumbersIn(string line, int most)
        {
            var numbers = new HashSet<int>();
            foreach (string word in line.Split([' ', ',', '\t'], StringSplitOptions.RemoveEmptyEntries))
            {
                if (!int.TryParse(word, CultureInfo.InvariantCulture, out int number) || number < 1 || number > most)
                    throw new InputException($"'{PlainText.Shorten(word)}' is no card; answer with numbers from 1 to {most}.");
                numbers.Add(number);
            }
            return numbers;
        }
    }
}
