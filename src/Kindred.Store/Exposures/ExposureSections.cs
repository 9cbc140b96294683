namespace Kindred.Store.Exposures;

/// <summary>
/// What exposures know since they were first written: it stands behind the marks of a block, as sections with their kind and length. An
/// older program reads a block without it, this one skips kinds that it does not know, and a block without sections is an older one.
/// </summary>
internal static class ExposureSections
{
    private const int Experiments = 1, Contracts = 2;

    [Flags]
    private enum Parts : byte
    {
        None = 0,
        Latency = 1,
        Arms = 2,
        ItemArms = 4,
    }

    /// <param name="number">Of a text.</param>
    public static void Write(IReadOnlyList<Exposure> exposures, BinaryWriter writer, Func<string?, int> number)
    {
        if (exposures.Any(exposure => PartsOf(exposure) != Parts.None))
            WriteSection(Experiments, writer, content =>
            {
                foreach (var exposure in exposures) WriteExperiments(exposure, content, number);
            });
        if (exposures.Any(exposure => exposure.Contract is not null))
            WriteSection(Contracts, writer, content =>
            {
                foreach (var exposure in exposures) WriteContract(exposure.Contract, content);
            });
    }

    /// <param name="exposures">As they are without sections; each is replaced by what the sections add to it.</param>
    /// <param name="reader">At the end of the marks.</param>
    public static void Read(List<Exposure> exposures, BinaryReader reader, Func<int, string?> text)
    {
        var stream = reader.BaseStream;
        while (stream.Position < stream.Length)
        {
            int kind = reader.Read7BitEncodedInt();
            long end = reader.Read7BitEncodedInt();
            end += stream.Position;
            for (int n = 0; n < exposures.Count && kind is (Experiments or Contracts); n++)
                exposures[n] = kind == Experiments ? ReadExperiments(exposures[n], reader, text)
                    : exposures[n] with { Contract = ReadContract(reader) };
            stream.Position = end;
        }
    }

    private static void WriteSection(int kind, BinaryWriter writer, Action<BinaryWriter> write)
    {
        using var section = new MemoryStream();
        using var content = new BinaryWriter(section);
        write(content);
        content.Flush();
        writer.Write7BitEncodedInt(kind);
        writer.Write7BitEncodedInt((int)section.Length);
        writer.Write(section.GetBuffer(), 0, (int)section.Length);
    }

    private static void WriteContract(ExposedContract? contract, BinaryWriter writer)
    {
        writer.Write7BitEncodedInt(contract?.Position + 1 ?? 0); // 0: there is none
        if (contract is { } placed) writer.Write(placed.Cost);
    }

    private static ExposedContract? ReadContract(BinaryReader reader) =>
        reader.Read7BitEncodedInt() is > 0 and int place ? new(place - 1, reader.ReadDouble()) : null;

    private static Parts PartsOf(Exposure exposure) =>
        (exposure.Latency is null ? 0 : Parts.Latency) | (exposure.Arms.Count == 0 ? 0 : Parts.Arms)
            | (exposure.Items.All(item => item.Arm is null) ? 0 : Parts.ItemArms);

    private static void WriteExperiments(Exposure exposure, BinaryWriter writer, Func<string?, int> number)
    {
        var parts = PartsOf(exposure);
        writer.Write((byte)parts);
        if (exposure.Latency is { } latency) writer.Write(latency);
        if (parts.HasFlag(Parts.Arms))
        {
            writer.Write7BitEncodedInt(exposure.Arms.Count);
            foreach (var arm in exposure.Arms)
            {
                writer.Write7BitEncodedInt(number(arm.Experiment));
                writer.Write7BitEncodedInt(number(arm.Arm));
                writer.Write(arm.IsTriggered);
            }
        }
        if (parts.HasFlag(Parts.ItemArms))
            foreach (var item in exposure.Items) writer.Write7BitEncodedInt(number(item.Arm));
    }

    private static Exposure ReadExperiments(Exposure exposure, BinaryReader reader, Func<int, string?> text)
    {
        var parts = (Parts)reader.ReadByte();
        if (parts == Parts.None) return exposure;
        float? latency = parts.HasFlag(Parts.Latency) ? reader.ReadSingle() : null;
        var arms = new ExposedArm[parts.HasFlag(Parts.Arms) ? reader.Read7BitEncodedInt() : 0];
        for (int n = 0; n < arms.Length; n++)
            arms[n] = new(text(reader.Read7BitEncodedInt())!, text(reader.Read7BitEncodedInt())!, reader.ReadBoolean());
        var items = exposure.Items;
        if (parts.HasFlag(Parts.ItemArms)) items = [.. items.Select(item => item with { Arm = text(reader.Read7BitEncodedInt()) })];
        return exposure with { Items = items, Arms = arms, Latency = latency };
    }
}
