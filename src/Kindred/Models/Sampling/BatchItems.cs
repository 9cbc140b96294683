namespace Kindred.Models.Sampling;

/// <summary>
/// The items that a batch of pairs is compared with, each once, in the order in which they came first; each has a slot, from 0. The memory
/// is used again: one thread at a time.
/// </summary>
internal sealed class BatchItems
{
    public const int Absent = -1;

    private readonly int[] _slotOf; // [items]
    private readonly List<int> _items = [], _draws = []; // [slots]

    /// <param name="items">How many there are.</param>
    public BatchItems(int items) => Array.Fill(_slotOf = new int[items], Absent);

    public int Count => _items.Count;

    public int this[int slot] => _items[slot];

    /// <returns><see cref="Absent"/>: the item is not among them.</returns>
    public int SlotOf(int item) => _slotOf[item];

    /// <returns>How often the item of a slot was drawn as a negative.</returns>
    public int Draws(int slot) => _draws[slot];

    /// <param name="times">How often it was drawn as a negative; 0: it is there for another reason.</param>
    /// <returns>Its slot.</returns>
    public int Add(int item, int times)
    {
        ref int slot = ref _slotOf[item];
        if (slot == Absent)
        {
            slot = _items.Count;
            _items.Add(item);
            _draws.Add(0);
        }
        _draws[slot] += times;
        return slot;
    }

    public void Clear()
    {
        foreach (int item in _items) _slotOf[item] = Absent;
        _items.Clear();
        _draws.Clear();
    }
}
