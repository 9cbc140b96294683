using System.Text;

namespace Kindred.Store.Exposures;

/// <summary>
/// Exposures and marks in the order in which they came, as bytes: first each text once, then records whose texts are numbers.
/// So most of what repeats is gone before compression, and whether a block names an id is seen from its texts.
/// </summary>
internal sealed class ExposureBlock
{
    public List<Exposure> Exposures { get; } = [];

    public List<ShownMark> Marks { get; } = [];

    public int Count => Exposures.Count + Marks.Count;

    public byte[] Encode()
    {
        var texts = new TextTable();
        using var stream = new MemoryStream();
        using var writer = new BinaryWriter(stream);
        writer.Write7BitEncodedInt(Exposures.Count);
        foreach (var exposure in Exposures)
        {
            writer.Write7BitEncodedInt(texts.Number(exposure.RequestId));
            writer.Write(exposure.Time.ToUnixTimeMilliseconds());
            foreach (string? text in (ReadOnlySpan<string?>)[exposure.UserId, exposure.SessionId, exposure.Scenario, exposure.Snapshot])
                writer.Write7BitEncodedInt(texts.Number(text));
            writer.Write7BitEncodedInt64(exposure.SettingsVersion);
            writer.Write7BitEncodedInt(exposure.Items.Count);
            foreach (var item in exposure.Items)
            {
                writer.Write7BitEncodedInt(texts.Number(item.ItemId));
                writer.Write7BitEncodedInt(item.Position);
                writer.Write7BitEncodedInt(texts.Number(item.Source));
                writer.Write(item.Score);
                writer.Write(item.Propensity);
            }
        }
        writer.Write7BitEncodedInt(Marks.Count);
        foreach (var mark in Marks)
        {
            writer.Write7BitEncodedInt(texts.Number(mark.RequestId));
            writer.Write(mark.Time.ToUnixTimeMilliseconds());
            writer.Write7BitEncodedInt(mark.Positions.Count);
            foreach (int position in mark.Positions) writer.Write7BitEncodedInt(position);
        }
        ExposureSections.Write(Exposures, writer, texts.Number);
        writer.Flush();
        using var block = new MemoryStream();
        using var whole = new BinaryWriter(block);
        texts.Write(whole);
        stream.WriteTo(block);
        return block.ToArray();
    }

    public static ExposureBlock Decode(byte[] bytes)
    {
        using var reader = new BinaryReader(new MemoryStream(bytes));
        string?[] texts = Texts(reader);
        var block = new ExposureBlock();
        string? Text() => texts[reader.Read7BitEncodedInt()];
        DateTimeOffset Time() => DateTimeOffset.FromUnixTimeMilliseconds(reader.ReadInt64());
        for (int n = reader.Read7BitEncodedInt(); n > 0; n--)
        {
            string requestId = Text()!;
            var time = Time();
            var (user, session, scenario, snapshot) = (Text(), Text(), Text(), Text());
            long version = reader.Read7BitEncodedInt64();
            var items = new ExposedItem[reader.Read7BitEncodedInt()];
            for (int i = 0; i < items.Length; i++)
                items[i] = new(Text()!, reader.Read7BitEncodedInt(), Text()!, reader.ReadSingle(), reader.ReadDouble());
            block.Exposures.Add(new(requestId, time, items)
            {
                UserId = user,
                SessionId = session,
                Scenario = scenario,
                Snapshot = snapshot,
                SettingsVersion = version,
            });
        }
        for (int n = reader.Read7BitEncodedInt(); n > 0; n--)
        {
            string requestId = Text()!;
            var time = Time();
            int[] positions = new int[reader.Read7BitEncodedInt()];
            for (int i = 0; i < positions.Length; i++) positions[i] = reader.Read7BitEncodedInt();
            block.Marks.Add(new(requestId, time, positions));
        }
        ExposureSections.Read(block.Exposures, reader, number => texts[number]);
        return block;
    }

    /// <returns>Whether any text of the block is one of these.</returns>
    public static bool Names(byte[] bytes, IReadOnlySet<string> ids)
    {
        using var reader = new BinaryReader(new MemoryStream(bytes));
        return Texts(reader).Any(text => text is not null && ids.Contains(text));
    }

    private static string?[] Texts(BinaryReader reader)
    {
        var texts = new string?[reader.Read7BitEncodedInt() + 1]; // 0 is null
        for (int n = 1; n < texts.Length; n++) texts[n] = Encoding.UTF8.GetString(reader.ReadBytes(reader.Read7BitEncodedInt()));
        return texts;
    }

    /// <summary>Numbers texts from 1 in the order of their first use.</summary>
    private sealed class TextTable
    {
        private readonly Dictionary<string, int> _numbers = new(StringComparer.Ordinal);

        public int Number(string? text)
        {
            if (text is null) return 0;
            if (!_numbers.TryGetValue(text, out int number)) _numbers.Add(text, number = _numbers.Count + 1);
            return number;
        }

        public void Write(BinaryWriter writer)
        {
            writer.Write7BitEncodedInt(_numbers.Count);
            foreach (string text in _numbers.Keys) // in the order in which they were added, as none is removed
            {
                byte[] bytes = Encoding.UTF8.GetBytes(text);
                writer.Write7BitEncodedInt(bytes.Length);
                writer.Write(bytes);
            }
        }
    }
}
