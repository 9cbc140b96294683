using Kindred.Data;
using Kindred.Models;
using Kindred.Models.Factorization;
using Kindred.Models.Towers;
using Kindred.Numerics;
using TorchSharp;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace Kindred.Neural;

/// <summary>The two towers in Torch, with gradients: see <see cref="TwoTower"/>.</summary>
internal sealed class TowerLearner : ModelLearner
{
    // Events of a shard, which share their items.
    private const int ShardEvents = 256;

    private static readonly string[] Sides = ["user", "item"];

    private readonly TwoTower _options;
    private readonly Interactions _data;
    private readonly FeatureSpace _space;
    private readonly FeatureRows _users, _events, _items; // [users], [events], [items]
    private readonly FeatureField? _id, _history;
    private readonly int[] _userOf, _popularity, _choices; // [events], [items], items with features that somebody touched

    public TowerLearner(TwoTower options, Interactions data, FeatureSpace space, ParameterSet parameters) : base(parameters)
    {
        (_options, _data, _space) = (options, data, space);
        _userOf = new int[data.Histories.Count];
        for (int user = 0; user < data.Users.Count; user++)
            _userOf.AsSpan(data.Histories.Starts.Span[user]..data.Histories.Starts.Span[user + 1]).Fill(user);
        (_users, _events, _items) = (space.UserRows(data), space.EventRows(data, _userOf), space.ItemRows(data));
        (_id, _history) = (space[FeatureSource.Item], space[FeatureSource.History]);
        _popularity = new int[data.Items.Count];
        foreach (int item in data.Histories.Items.Span) _popularity[item]++;
        _choices = [.. Enumerable.Range(0, _popularity.Length).Where(item => _popularity[item] > 0 && !_items.ColumnsOf(item).IsEmpty)];
    }

    /// <summary>The parameters with their first values.</summary>
    /// <param name="columns">Of all features.</param>
    public static ParameterSet Create(TwoTower options, int columns, Rng rng, Device device)
    {
        var parameters = new ParameterSet(device);
        int d = options.Dimensions, h = options.HiddenDimensions;
        parameters.AddNormal("table", rng, 1 / Math.Sqrt(d), columns, d);
        foreach (string side in Sides)
        {
            parameters.AddNormal($"{side}.in", rng, 1 / Math.Sqrt(d), h, d);
            parameters.AddConstant($"{side}.in.bias", 0, h);
            parameters.AddNormal($"{side}.out", rng, .1 / Math.Sqrt(h), d, h); // at first an embedding is hardly more than the sum
            parameters.AddConstant($"{side}.out.bias", 0, d);
        }
        return parameters;
    }

    public override int Examples => _userOf.Length;

    /// <param name="Answers">[events], the place of each one's item among the items.</param>
    /// <param name="Shifts">[events, items], −ln q; −∞ for other items of the user.</param>
    private sealed record TowerShard(Bags Users, Bags Items, long[] Answers, float[] Shifts) : Shard(Answers.Length, Answers.Length);

    /// <summary>Rows of features, each entry with the row it is in.</summary>
    private sealed class Bags
    {
        private readonly List<long> _rows = [], _columns = [];
        private readonly List<float> _values = [];

        public int Count { get; private set; }

        public void Add(int column, float value)
        {
            if (column < 0) return;
            _rows.Add(Count);
            _columns.Add(column);
            _values.Add(value);
        }

        public void Add(ReadOnlySpan<int> columns, ReadOnlySpan<float> values, int except = -1)
        {
            for (int n = 0; n < columns.Length; n++) if (columns[n] != except) Add(columns[n], values[n]);
        }

        public void End() => Count++;

        public (Tensor Rows, Tensor Columns, Tensor Values) On(Device device) =>
            (tensor(_rows.ToArray(), device: device), tensor(_columns.ToArray(), device: device), tensor(_values.ToArray(), device: device));
    }

    public override IReadOnlyList<Shard> Prepare(ReadOnlySpan<int> examples, Rng rng)
    {
        var shards = new List<Shard>();
        for (int first = 0; first < examples.Length; first += ShardEvents)
            shards.Add(ShardOf(examples[first..Math.Min(first + ShardEvents, examples.Length)], rng));
        return shards;
    }

    private TowerShard ShardOf(ReadOnlySpan<int> events, Rng rng)
    {
        var history = _data.Histories.Items.Span;
        var slots = new Dictionary<int, int>();
        var chosen = new List<int>();
        int SlotOf(int item)
        {
            if (slots.TryAdd(item, chosen.Count)) chosen.Add(item);
            return slots[item];
        }

        Bags users = new(), items = new();
        var answers = new List<long>();
        var askers = new List<int>();
        foreach (int e in events)
        {
            if (_items.ColumnsOf(history[e]).IsEmpty || !AddUser(e, users)) continue; // who is added must have an answer
            users.End();
            answers.Add(SlotOf(history[e]));
            askers.Add(_userOf[e]);
        }
        for (int n = 0; n < _options.NegativeCount && _choices.Length > 0; n++) SlotOf(_choices[rng.NextInt(_choices.Length)]);
        foreach (int item in chosen)
        {
            int columns = _items.ColumnsOf(item).Length;
            bool isNamed = columns == 1 || rng.NextFloat() >= _options.IdDropout;
            items.Add(_items.ColumnsOf(item), _items.ValuesOf(item), except: isNamed ? -1 : _id?.ColumnOf(item) ?? -1);
            items.End();
        }
        return new(users, items, [.. answers], Shifts(askers, answers, chosen, slots));
    }

    // what the user of an event is known by at it; false: nothing
    private bool AddUser(int e, Bags users)
    {
        int user = _userOf[e], item = _data.Histories.Items.Span[e];
        int[] others = _history is null ? [] :
            [.. FactorizationData.Distinct(_data.Histories.ItemsOf(user).Span).Where(other => other != item).TakeLast(_options.HistoryLength)];
        if (others.Length + _users.ColumnsOf(user).Length + _events.ColumnsOf(e).Length == 0) return false;
        users.Add(_users.ColumnsOf(user), _users.ValuesOf(user));
        users.Add(_events.ColumnsOf(e), _events.ValuesOf(e));
        foreach (int other in others) users.Add(_history!.ColumnOf(other), 1 / MathF.Sqrt(others.Length));
        return true;
    }

    private float[] Shifts(List<int> askers, List<long> answers, List<int> chosen, Dictionary<int, int> slots)
    {
        double perEvent = (double)askers.Count / Math.Max(1, _userOf.Length), perDraw = (double)_options.NegativeCount / Math.Max(1, _choices.Length);
        float[] corrections = [.. chosen.Select(item => (float)-Math.Log((perEvent * _popularity[item]) + perDraw))];
        var shifts = new float[askers.Count * chosen.Count];
        for (int row = 0; row < askers.Count; row++)
        {
            var own = shifts.AsSpan(row * chosen.Count, chosen.Count);
            corrections.CopyTo(own);
            foreach (int item in _data.ByUser.Row(askers[row]).Columns)
                if (slots.TryGetValue(item, out int slot)) own[slot] = float.NegativeInfinity;
            own[(int)answers[row]] = corrections[answers[row]];
        }
        return shifts;
    }

    public override Tensor Loss(Shard shard, Dropout dropout)
    {
        var s = (TowerShard)shard;
        if (s.Targets == 0) return Parameters["table"].sum().Times(0);
        Tensor users = Embed(s.Users, "user", dropout), items = Embed(s.Items, "item", dropout); // [events, d], [items, d]
        var scores = matmul(users, items.t()).Times(1 / _options.Temperature).Plus(tensor(s.Shifts, [s.Targets, s.Items.Count], device: Parameters.Device));
        return F.cross_entropy(scores, tensor(s.Answers, device: Parameters.Device), reduction: nn.Reduction.Sum);
    }

    private Tensor Embed(Bags bags, string side, Dropout dropout)
    {
        var (rows, columns, values) = bags.On(Parameters.Device);
        var weighted = Parameters["table"].index_select(0, columns) * values.unsqueeze(1);
        var sum = dropout.Apply(zeros([bags.Count, _options.Dimensions], device: Parameters.Device).PlusRows(rows, weighted));
        var hidden = dropout.Apply(F.relu(F.linear(sum, Parameters[$"{side}.in"], Parameters[$"{side}.in.bias"])));
        return F.normalize(sum.Plus(F.linear(hidden, Parameters[$"{side}.out"], Parameters[$"{side}.out.bias"])), 2, 1, 1e-12);
    }

    public override IModel Model()
    {
        var table = ParameterSet.MatrixOf(Parameters["table"]);
        return new TowerModel(
            _data.Items, _options.HistoryLength, _space, _users, table, TowerOf("user"), TowerModel.Embed(_items, table, TowerOf("item")));
    }

    private Tower TowerOf(string side) => new(
        ParameterSet.MatrixOf(Parameters[$"{side}.in"]), ParameterSet.MatrixOf(Parameters[$"{side}.in.bias"]),
        ParameterSet.MatrixOf(Parameters[$"{side}.out"]), ParameterSet.MatrixOf(Parameters[$"{side}.out.bias"]));
}
