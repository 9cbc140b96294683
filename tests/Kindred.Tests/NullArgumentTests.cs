using System.Reflection;
using System.Runtime.CompilerServices;
using Kindred.Models;

namespace Kindred.Tests;

/// <summary>Null where nothing may be null is refused by name at the door, not by a fault somewhere behind it.</summary>
public sealed class NullArgumentTests
{
    private static readonly NullabilityInfoContext Nullability = new();

    /// <summary>
    /// Public static methods and constructors that take something which must not be null; records only keep what they get.
    /// </summary>
    public static TheoryData<string> Doors => [.. All().Select(NameOf).Distinct().Order(StringComparer.Ordinal)];

    [Theory]
    [MemberData(nameof(Doors))]
    public void Null_is_refused(string door)
    {
        foreach (var method in All().Where(method => NameOf(method) == door))
        {
            var called = method is MethodInfo { IsGenericMethodDefinition: true } open
                ? open.MakeGenericMethod([.. open.GetGenericArguments().Select(StandIn)]) : method;
            object?[] arguments = [.. called.GetParameters().Select(parameter => parameter.ParameterType)
                .Select(type => type.IsValueType ? Activator.CreateInstance(type) : null)];
            var error = Record.Exception(() => called is ConstructorInfo made ? made.Invoke(arguments) : called.Invoke(null, arguments));
            Assert.True(
                error is TargetInvocationException { InnerException: ArgumentException },
                $"{method.DeclaringType!.Name}.{method}: {error?.InnerException?.ToString() ?? error?.ToString() ?? "nothing was thrown"}");
        }
    }

    private static IEnumerable<MethodBase> All() =>
        from type in typeof(Recommender).Assembly.GetExportedTypes()
        where !type.IsGenericTypeDefinition && !type.IsValueType && !type.IsSubclassOf(typeof(Exception))
            && type.GetMethod("<Clone>$") is null
        from method in type.GetMethods(BindingFlags.Public | BindingFlags.Static | BindingFlags.DeclaredOnly).Cast<MethodBase>()
            .Concat(type.IsAbstract ? [] : type.GetConstructors())
        where !method.IsSpecialName || method.IsConstructor
        where !method.IsDefined(typeof(CompilerGeneratedAttribute))
        where method.GetParameters().All(p => !p.ParameterType.IsByRefLike && !p.ParameterType.IsByRef)
        where method.GetParameters().Any(IsRequired)
        select method;

    private static Type StandIn(Type parameter) =>
        parameter.GetGenericParameterConstraints().Contains(typeof(ITrainer)) ? typeof(Popularity) : typeof(object);

    private static bool IsRequired(ParameterInfo parameter) =>
        !parameter.ParameterType.IsValueType && !parameter.ParameterType.IsGenericParameter
        && Nullability.Create(parameter).WriteState == NullabilityState.NotNull;

    private static string NameOf(MethodBase method) => $"{method.DeclaringType!.FullName}.{method.Name}";
}
