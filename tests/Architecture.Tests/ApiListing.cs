using System.Globalization;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text;

namespace Architecture.Tests;

/// <summary>The public face of an assembly as sorted lines: one a type, one a member, indented under its type.</summary>
internal static class ApiListing
{
    private const BindingFlags Declared =
        BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;

    private static readonly NullabilityInfoContext Nullability = new();

    public static IReadOnlyList<string> Of(Assembly assembly) =>
        [.. assembly.GetExportedTypes().Where(t => t.Namespace is not null).OrderBy(t => t.FullName, StringComparer.Ordinal).SelectMany(Of)];

    public static IEnumerable<string> Of(Type type)
    {
        yield return Head(type);
        if (typeof(Delegate).IsAssignableFrom(type)) yield break;
        foreach (string member in Members(type).Distinct().Order(StringComparer.Ordinal)) yield return "    " + member;
    }

    private static IEnumerable<string> Members(Type type)
    {
        if (type.IsEnum)
        {
            return type.GetFields(BindingFlags.Public | BindingFlags.Static)
                .Select(f => $"{f.Name} = {Convert.ToInt64(f.GetRawConstantValue(), CultureInfo.InvariantCulture)}");
        }

        return type.GetConstructors(Declared).Where(c => Seen(c) && !IsCopy(c)).Select(c => $"{Access(c)}new({Parameters(c)})")
            .Concat(type.GetMethods(Declared).Where(m => Seen(m) && !m.IsSpecialName && !IsPlumbing(m)).Select(Method))
            .Concat(type.GetMethods(Declared).Where(m => Seen(m) && m.Name.StartsWith("op_", StringComparison.Ordinal) && !IsPlumbing(m)).Select(Method))
            .Concat(type.GetProperties(Declared).Where(p => p.GetAccessors(nonPublic: true).Any(Seen) && p.Name != "EqualityContract").Select(Property))
            .Concat(type.GetFields(Declared).Where(f => f.IsPublic || f.IsFamily).Select(Field))
            .Concat(type.GetEvents(Declared).Where(e => Seen(e.AddMethod!)).Select(e => $"event {Name(e.EventHandlerType!, Nullability.Create(e))} {e.Name}"));
    }

    private static string Head(Type type)
    {
        if (typeof(Delegate).IsAssignableFrom(type))
        {
            MethodInfo invoke = type.GetMethod("Invoke")!;
            return $"delegate {Name(invoke.ReturnType, Nullability.Create(invoke.ReturnParameter))} {FullName(type)}({Parameters(invoke)})";
        }

        bool isRecord = type.GetMethod("<Clone>$", Declared) is not null;
        string kind = type.IsEnum ? "enum" : type.IsInterface ? "interface" : type.IsValueType ? "struct" : isRecord ? "record" : "class";
        string modifier = type.IsAbstract && type.IsSealed ? "static "
            : type.IsAbstract && !type.IsInterface ? "abstract "
            : type.IsSealed && !type.IsValueType && !type.IsEnum ? "sealed " : string.Empty;
        IEnumerable<string> bases = type.IsEnum || type.IsValueType || type.BaseType is null || type.BaseType == typeof(object) ? [] : [Name(type.BaseType)];
        IEnumerable<string> interfaces = type.IsEnum ? [] : type.GetInterfaces()
            .Where(i => i.IsPublic && type.BaseType?.GetInterfaces().Contains(i) != true).Select(i => Name(i)).Order(StringComparer.Ordinal);
        string all = string.Join(", ", bases.Concat(interfaces));
        return $"{modifier}{kind} {FullName(type)}{(all.Length > 0 ? " : " + all : string.Empty)}";
    }

    private static string Method(MethodInfo method)
    {
        string generic = method.IsGenericMethodDefinition
            ? "<" + string.Join(", ", method.GetGenericArguments().Select(a => a.Name)) + ">"
            : string.Empty;
        string extension = method.IsDefined(typeof(ExtensionAttribute)) ? "this " : string.Empty;
        return $"{Access(method)}{Kind(method)}{Name(method.ReturnType, Nullability.Create(method.ReturnParameter))} "
            + $"{method.Name}{generic}({extension}{Parameters(method)})";
    }

    private static string Property(PropertyInfo property)
    {
        MethodInfo get = property.GetMethod ?? property.SetMethod!;
        var accessors = new StringBuilder("{");
        if (property.GetMethod is { } g && Seen(g)) accessors.Append(" get;");
        if (property.SetMethod is { } s && Seen(s))
        {
            bool init = s.ReturnParameter.GetRequiredCustomModifiers().Contains(typeof(IsExternalInit));
            accessors.Append(s.IsPublic ? " " : " protected ").Append(init ? "init;" : "set;");
        }

        string required = property.IsDefined(typeof(RequiredMemberAttribute)) ? "required " : string.Empty;
        string index = property.GetIndexParameters() is { Length: > 0 } p ? $"[{string.Join(", ", p.Select(Parameter))}]" : string.Empty;
        return $"{Access(get)}{required}{Kind(get)}{Name(property.PropertyType, Nullability.Create(property))} {property.Name}{index} {accessors} }}";
    }

    private static string Field(FieldInfo field) =>
        (field.IsLiteral ? "const " : field.IsStatic ? "static readonly " : string.Empty)
        + $"{Name(field.FieldType, Nullability.Create(field))} {field.Name}" + (field.IsLiteral ? " = " + Value(field.GetRawConstantValue()) : string.Empty);

    private static string Parameters(MethodBase method) => string.Join(", ", method.GetParameters().Select(Parameter));

    private static string Parameter(ParameterInfo parameter)
    {
        string by = parameter.IsOut ? "out " : parameter.IsIn ? "in " : parameter.ParameterType.IsByRef ? "ref " : string.Empty;
        Type type = parameter.ParameterType.IsByRef ? parameter.ParameterType.GetElementType()! : parameter.ParameterType;
        string value = parameter.HasDefaultValue ? " = " + Value(parameter.DefaultValue) : string.Empty;
        return $"{by}{Name(type, Nullability.Create(parameter))} {parameter.Name}{value}";
    }

    private static string Value(object? value) => value switch
    {
        null => "default",
        string s => $"\"{s}\"",
        bool b => b ? "true" : "false",
        _ => Convert.ToString(value, CultureInfo.InvariantCulture)!,
    };

    private static bool Seen(MethodBase method) => method.IsPublic || ((method.IsFamily || method.IsFamilyOrAssembly) && !method.DeclaringType!.IsSealed);

    private static bool IsCopy(ConstructorInfo constructor) => constructor.IsFamily && constructor.IsDefined(typeof(CompilerGeneratedAttribute));

    // What the compiler writes for records, and overrides of object: the same everywhere, so no news.
    private static bool IsPlumbing(MethodInfo method) =>
        method.IsDefined(typeof(CompilerGeneratedAttribute)) || method.GetBaseDefinition().DeclaringType == typeof(object);

    private static string Access(MethodBase method) => method.IsPublic ? string.Empty : "protected ";

    private static string Kind(MethodInfo method) => method switch
    {
        { IsStatic: true } => "static ",
        { DeclaringType.IsInterface: true } => string.Empty,
        { IsAbstract: true } => "abstract ",
        _ when method.GetBaseDefinition() != method => "override ",
        { IsVirtual: true, IsFinal: false } => "virtual ",
        _ => string.Empty,
    };

    private static string FullName(Type type) => (type.DeclaringType is { } outer ? FullName(outer) + "." : type.Namespace + ".") + Short(type);

    private static string Short(Type type)
    {
        int tick = type.Name.IndexOf('`', StringComparison.Ordinal);
        if (tick < 0) return type.Name;
        return $"{type.Name[..tick]}<{string.Join(", ", type.GetGenericArguments().Select(a => Name(a)))}>";
    }

    private static string Name(Type type, NullabilityInfo? info = null)
    {
        string question = !type.IsValueType && info is { ReadState: NullabilityState.Nullable } or { WriteState: NullabilityState.Nullable } ? "?" : string.Empty;
        if (type.IsByRef) return Name(type.GetElementType()!, info);
        if (Nullable.GetUnderlyingType(type) is { } inner) return Name(inner) + "?";
        if (type.IsArray) return Name(type.GetElementType()!, info?.ElementType) + "[]" + question;
        if (!type.IsGenericType) return Keyword(type) + question;
        int tick = type.Name.IndexOf('`', StringComparison.Ordinal);
        NullabilityInfo[] inside = info?.GenericTypeArguments ?? [];
        IEnumerable<string> arguments = type.GetGenericArguments().Select((a, i) => Name(a, i < inside.Length ? inside[i] : null));
        return $"{(tick < 0 ? type.Name : type.Name[..tick])}<{string.Join(", ", arguments)}>{question}";
    }

    private static string Keyword(Type type) => type.FullName switch
    {
        "System.Void" => "void",
        "System.String" => "string",
        "System.Object" => "object",
        "System.Boolean" => "bool",
        "System.Byte" => "byte",
        "System.Char" => "char",
        "System.Int32" => "int",
        "System.Int64" => "long",
        "System.Double" => "double",
        "System.UInt16" => "ushort",
        "System.UInt32" => "uint",
        _ => type.Name,
    };
}
