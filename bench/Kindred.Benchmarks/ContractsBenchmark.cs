using System.Globalization;
using Kindred.ExposureContracts;
using Kindred.Models;
using Kindred.Numerics;

namespace Kindred.Benchmarks;

/// <summary>
/// What exposure contracts are worth, in a world that we made: users and items with tastes, a recommender that is trained anew every day
/// from the clicks it led to, new items every day. The same worlds with and without contracts.
/// </summary>
internal static class ContractsBenchmark
{
    private static readonly (string Name, Policy Policy)[] Policies =
        [
            ("without", new(0, 72, 0)),
            ("100 in 72 h, 2 %", new(100, 72, .02)),
            ("200 in 72 h, 0.5 %", new(200, 72, .005)),
            ("200 in 72 h, 2 %", new(200, 72, .02)),
            ("200 in 72 h, 5 %", new(200, 72, .05)),
        ];

    private const string Oracle = "oracle";

    /// <param name="args">
    /// Worlds, none: 10; then perhaps the recommender, as model:option=value, or the oracle, which knows what everyone would click.
    /// </param>
    public static void Run(string[] args)
    {
        int worlds = args is [var given, ..] ? int.Parse(given, CultureInfo.InvariantCulture) : 10;
        string model = args is [_, var named] ? named : "implicit-als:dimensions=16,epochs=5";
        var trainer = model == Oracle ? null : ModelSpec.Parse(model).Trainer;
        Console.WriteLine($"{worlds} worlds, recommended by {model}");
        foreach (bool isAssumed in (bool[])[true, false])
        {
            Console.WriteLine(isAssumed ? "\nUsers look at places as the contracts assume: 1 / log2(place + 1)\n"
                : "\nUsers look at places otherwise than the contracts assume: .75^(place - 1)\n");
            Console.WriteLine("| contracts | clicks per 100 answers | against without | good new items in the top decile in 7 days | "
                + "in 14 days | median days | users who clicked a good new item | an old one in the top decile | kept | "
                + "hopeless, of good ones | of the others | predicted cost |");
            Console.WriteLine("| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |");
            var all = Policies.Select(policy => Enumerable.Range(0, worlds).AsParallel().AsOrdered()
                .Select(world => new World(world, isAssumed, policy.Policy, trainer).Live()).ToArray()).ToArray();
            for (int n = 0; n < Policies.Length; n++) Print(Policies[n].Name, all[n], all[0]);
        }
    }

    private static void Print(string name, Outcome[] outcomes, Outcome[] without)
    {
        double[] gains = [.. outcomes.Zip(without, (one, other) => (one.Clicks / other.Clicks) - 1)];
        double mean = gains.Average();
        double error = 2.26 * Math.Sqrt(gains.Sum(gain => Math.Pow(gain - mean, 2)) / Math.Max(1, gains.Length - 1) / gains.Length);
        double[] days = [.. outcomes.SelectMany(outcome => outcome.DaysOfGood).Order()];
        double Within(int most) => days.Count(day => day <= most) / (double)days.Length;
        double median = days[days.Length / 2];
        double Sum(Func<Outcome, double> of) => outcomes.Sum(of);
        double good = Sum(o => o.Good), others = Sum(o => o.Others);
        string Share(double part, double whole) => whole > 0 ? Invariant($"{part / whole:P0}") : "–";
        Console.WriteLine(Invariant($"| {name} | {100 * outcomes.Average(o => o.Clicks):0.0} | ")
            + (outcomes == without ? "" : Invariant($"{Signed(mean)} [{Signed(mean - error)}, {Signed(mean + error)}]"))
            + Invariant($" | {Within(7):P0} | {Within(14):P0} | {(double.IsInfinity(median) ? "never" : Invariant($"{median:0}"))} | ")
            + Invariant($"{outcomes.Average(o => o.ClicksOfGood):0} | {outcomes.Average(o => o.ClicksOfTop):0} | ")
            + $"{Share(Sum(o => o.Kept), Sum(o => o.Kept + o.Missed))} | {Share(Sum(o => o.HopelessGood), good)} | "
            + $"{Share(Sum(o => o.HopelessOthers), others)} | {Invariant($"{Sum(o => o.Spent) / Sum(o => o.Value):P2}")} |");

        static string Signed(double share) => Invariant($"{Math.Round(100 * share, 1) + 0.0:+0.0;−0.0} %"); // + 0: no −0
    }

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    private sealed record Policy(int Impressions, double Hours, double Budget);

    /// <param name="Clicks">Of an answer, in the measured days.</param>
    /// <param name="DaysOfGood">
    /// [good new items] Days from birth to the first in which the model alone shows it as often as the top tenth; ∞: never.
    /// </param>
    /// <param name="ClicksOfGood">Users who clicked a good new item until the end, in the mean.</param>
    /// <param name="ClicksOfTop">The same of old items that the model shows as often as the top tenth on the last day.</param>
    private sealed record Outcome(
        double Clicks, IReadOnlyList<double> DaysOfGood, double ClicksOfGood, double ClicksOfTop, double Good, double Others, double Kept,
        double Missed, double HopelessGood, double HopelessOthers, double Spent, double Value);

    private sealed class Item
    {
        public required double[] Taste { get; init; }

        public required double Quality { get; init; }

        public required int Cluster { get; init; }

        public required int Born { get; init; }

        public double Appeal { get; set; } // mean over the users

        public ContractTerms? Terms { get; set; }

        public AppealPrior Prior { get; set; }

        public double Given { get; set; }

        public double Clicked { get; set; }

        public double Examined { get; set; }

        public ContractState State { get; set; }

        public double FirstTop { get; set; } = double.PositiveInfinity;

        public AppealTable? Table { get; set; }
    }

    private sealed class World
    {
        private const int Users = 2_000, OldItems = 250, Dimensions = 8, Clusters = 8, Visits = 2_500, Length = 10;
        private const int WarmUp = 14, Measured = 28, Births = 5, BirthDays = 14; // days, but Births: items a day

        private static readonly DateTimeOffset Start = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

        private readonly Policy _policy;
        private readonly ITrainer? _trainer; // null: the oracle recommends
        private readonly bool _isAssumed;
        private readonly Rng _root;
        private readonly double[][] _centers, _users;
        private readonly List<Item> _items = [];
        private readonly List<(int User, int Item, DateTimeOffset Time)> _clicks = [];
        private readonly HashSet<int>[] _seen;
        private readonly Dictionary<string, (double Examined, double Clicks)> _counts = [];
        private ItemAppeals _appeals = ItemAppeals.None;

        public World(int seed, bool isAssumed, Policy policy, ITrainer? trainer)
        {
            (_policy, _isAssumed, _trainer, _root) = (policy, isAssumed, trainer, new Rng((ulong)seed));
            var rng = _root.Fork("world");
            _centers = [.. Enumerable.Range(0, Clusters).Select(_ => Draw(rng, null))];
            _users = [.. Enumerable.Range(0, Users).Select(_ => Draw(rng, _centers[rng.NextInt(Clusters)]))];
            _seen = [.. Enumerable.Range(0, Users).Select(_ => new HashSet<int>())];
            for (int n = 0; n < OldItems; n++) Add(rng, 0);
        }

        public Outcome Live()
        {
            double clicks = 0, answers = 0, spent = 0, value = 0;
            int[] top = [];
            for (int day = 0; day < WarmUp + Measured; day++)
            {
                var rng = _root.Fork("day", day); // the same users come at the same times, whatever the policy
                if (day >= WarmUp && day < WarmUp + BirthDays) for (int n = 0; n < Births; n++) Add(rng, day);
                var today = day == 0 ? null : Train(day);
                var budget = new ContractBudget(_policy.Budget);
                int[] shown = new int[_items.Count];
                for (int visit = 0; visit < Visits; visit++)
                {
                    int user = rng.NextInt(Users);
                    var own = _root.Fork("visit", day, visit);
                    var time = Start.AddDays(day + ((double)visit / Visits));
                    int[] list = today is null ? [] : today(user);
                    double[] displaced = [.. list.Select(item => _appeals.Of($"{item}"))];
                    int placed = -1;
                    if (day >= WarmUp && list.Length > 0)
                    {
                        double worth = ContractPlacement.ValueOf(displaced);
                        var (slot, item, cost) = Place(user, list, displaced, budget with { Value = budget.Value + worth }, time, own);
                        budget = budget with { Value = budget.Value + worth, Spent = budget.Spent + cost };
                        if (slot >= 0) (list[slot], placed) = (item, slot);
                    }
                    for (int position = 0; position < list.Length; position++)
                    {
                        bool isClicked = own.Fork("click", list[position], position).NextDouble()
                            < Look(position) * AppealOf(user, list[position]);
                        if (position != placed) shown[list[position]]++;
                        Count(list[position], position, isClicked);
                        if (!isClicked) continue;
                        Click(user, list[position], time);
                        if (day >= WarmUp) clicks++;
                    }
                    if (day >= WarmUp) answers++;
                    if (own.NextDouble() < .1) Search(user, time, own.Fork("search"));
                }
                (spent, value) = (spent + budget.Spent, value + budget.Value);
                if (day < WarmUp) continue;
                int bar = shown.OrderDescending().ElementAt(_items.Count / 10);
                top = [.. Enumerable.Range(0, OldItems).Where(item => shown[item] > bar)];
                for (int n = 0; n < _items.Count; n++)
                    if (_items[n].Born > 0 && shown[n] > bar) _items[n].FirstTop = Math.Min(_items[n].FirstTop, day + 1 - _items[n].Born);
            }
            double good = _items.Select(item => item.Appeal).OrderDescending().ElementAt(_items.Count / 10);
            Item[] news = [.. _items.Where(item => item.Born > 0)], goodOnes = [.. news.Where(item => item.Appeal >= good)];
            double Of(IEnumerable<Item> items, ContractState state) => items.Count(item => item.State == state);
            var users = _clicks.CountBy(click => click.Item).ToDictionary();
            double UsersOf(IEnumerable<int> items) => items.Select(item => users.GetValueOrDefault(item)).DefaultIfEmpty().Average();
            return new(
                clicks / answers, [.. goodOnes.Select(item => item.FirstTop)],
                UsersOf(goodOnes.Select(item => _items.IndexOf(item))), UsersOf(top), goodOnes.Length, news.Length - goodOnes.Length,
                Of(news, ContractState.Kept), Of(news, ContractState.Missed), Of(goodOnes, ContractState.Hopeless),
                Of(news.Except(goodOnes), ContractState.Hopeless), spent, value);
        }

        private (int Slot, int Item, double Cost) Place(
            int user, int[] list, double[] displaced, ContractBudget budget, DateTimeOffset time, Rng rng)
        {
            var behind = new List<int>();
            double threshold = _appeals.Rate / 2;
            for (int n = OldItems; n < _items.Count; n++)
            {
                var item = _items[n];
                if (item.Terms is not { } terms || item.State != ContractState.Running) continue;
                var appeal = Appeal.From(item.Prior, item.Clicked, item.Examined);
                if (item.Table?.Appeal != appeal)
                {
                    item.Table = new(appeal);
                    item.State = terms.StateAt(time, item.Given, appeal, threshold);
                }
                else if (time >= terms.Ends) item.State = ContractState.Missed;
                if (item.State == ContractState.Running && terms.IsBehind(item.Given, time)
                    && !list.Contains(n) && !_seen[user].Contains(n)) behind.Add(n);
            }
            ContractOffer[] offers = [.. behind.OrderByDescending(n => _items[n].Terms!.Value.Shortfall(_items[n].Given, time)).Take(32)
                .Select(n => new ContractOffer(n, _items[n].Table!))];
            var placement = ContractPlacement.Choose(displaced, offers, new(3, 9), budget.Left, rng.Fork("contracts"));
            return (placement.Slot, placement.Item, placement.Cost);
        }

        private void Count(int item, int position, bool isClicked)
        {
            var (examined, clicks) = _counts.GetValueOrDefault($"{item}");
            _counts[$"{item}"] = (examined + Examination.At(position), clicks + (isClicked ? 1 : 0));
            var one = _items[item];
            if (one.Terms is null || one.State != ContractState.Running) return;
            (one.Given, one.Examined) = (one.Given + 1, one.Examined + Examination.At(position));
            if (isClicked) one.Clicked++;
        }

        private void Click(int user, int item, DateTimeOffset time)
        {
            if (_seen[user].Add(item)) _clicks.Add((user, item, time));
        }

        /// <summary>People find items without a recommender: of eight at random, what they like best.</summary>
        private void Search(int user, DateTimeOffset time, Rng rng)
        {
            int best = Enumerable.Range(0, 8).Select(_ => rng.NextInt(_items.Count)).MaxBy(item => AppealOf(user, item));
            if (rng.NextDouble() < .5) Click(user, best, time);
        }

        private Func<int, int[]> Train(int day)
        {
            _appeals = new(_counts);
            foreach (var item in _items.Where(item => item.Born == day && day >= WarmUp && _policy.Impressions > 0))
                item.Terms = new(_policy.Impressions, _policy.Hours, Start.AddDays(day));
            foreach (var item in _items.Where(item => item.Terms is not null && item.State == ContractState.Running))
            {
                item.Prior = _appeals.PriorFrom( // as content says: the items of its cluster
                    Enumerable.Range(0, _items.Count).Where(n => _items[n].Cluster == item.Cluster && _items[n].Born < item.Born)
                        .Select(n => ($"{n}", 1.0)), _appeals.Rate);
            }
            if (_trainer is null)
                return user => [.. Enumerable.Range(0, _items.Count).Where(item => !_seen[user].Contains(item))
                    .OrderByDescending(item => AppealOf(user, item)).Take(Length)];
            var data = Interactions.FromEvents(_clicks, click => ($"{click.User}", $"{click.Item}", click.Time));
            var model = new Model(data, _items.Count, _trainer.Train(data, new() { Workers = 1 }));
            return user => model.ListFor(user, _seen[user]);
        }

        private void Add(Rng rng, int born)
        {
            int cluster = rng.NextInt(Clusters);
            var item = new Item
            {
                Taste = Draw(rng, _centers[cluster]),
                Quality = .8 * rng.NextNormal(),
                Cluster = cluster,
                Born = born,
            };
            _items.Add(item);
            item.Appeal = Enumerable.Range(0, Users).Average(user => AppealOf(user, _items.Count - 1));
        }

        private double Look(int position) => _isAssumed ? Examination.At(position) : Math.Pow(.75, position);

        private double AppealOf(int user, int item)
        {
            double sum = _items[item].Quality - 3;
            for (int d = 0; d < Dimensions; d++) sum += _users[user][d] * _items[item].Taste[d];
            return 1 / (1 + Math.Exp(-sum));
        }

        private static double[] Draw(Rng rng, double[]? center) =>
            [.. Enumerable.Range(0, Dimensions).Select(d => center is null ? .7 * rng.NextNormal() : center[d] + (.4 * rng.NextNormal()))];

        /// <summary>A recommender that learned from clicks.</summary>
        private sealed class Model
        {
            private readonly Interactions _data;
            private readonly IModel _model;
            private readonly int[] _items; // [known items], by the world's numbers
            private readonly int[] _popular;

            public Model(Interactions data, int items, IModel model)
            {
                (_data, _model) = (data, model);
                _items = [.. Enumerable.Range(0, data.Items.Count).Select(n => int.Parse(data.Items.Id(n), CultureInfo.InvariantCulture))];
                int[] counts = new int[items];
                foreach (int item in data.Histories.Items.Span) counts[_items[item]]++;
                _popular = [.. Enumerable.Range(0, items).OrderByDescending(item => counts[item])];
            }

            public int[] ListFor(int user, HashSet<int> seen)
            {
                if (!_data.Users.TryGetIndex($"{user}", out int known))
                    return [.. _popular.Where(item => !seen.Contains(item)).Take(Length)];
                float[] scores = new float[_items.Length];
                _model.Score(Query.Of(_data, known), scores);
                return [.. Enumerable.Range(0, scores.Length).Where(n => !seen.Contains(_items[n])).OrderByDescending(n => scores[n])
                    .Take(Length).Select(n => _items[n])];
            }
        }
    }
}
